from django.apps import AppConfig
from django.db.models.signals import post_delete


class CatalogConfig(AppConfig):
    name = "catalog"

    def ready(self):
        from catalog.models import Brand, Campaign, Tag
        from catalog.receivers import forget_price_list, log_deletion

        def forget_logo(sender, instance, **kwargs):  # <- dead_receiver
            forget_price_list(sender, instance)

        post_delete.connect(forget_logo, sender=Brand)
        post_delete.connect(log_deletion, sender=[Tag, Campaign])
        post_delete.connect(forget_price_list, sender=Campaign)
