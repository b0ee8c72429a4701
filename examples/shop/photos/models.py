from django.db import models

from catalog.models import Product


class Photo(models.Model):  # <- receiver_defeats_fast_delete
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="photos")
    file = models.FileField(upload_to="photos")


class Manual(models.Model):
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="manuals")
    file = models.FileField(upload_to="manuals")
    outdated = models.BooleanField(default=False)

    def delete(self, *args, **kwargs):  # <- bypassed_delete_override
        self.file.delete(save=False)
        return super().delete(*args, **kwargs)
