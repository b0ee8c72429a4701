import logging

logger = logging.getLogger(__name__)
price_lists = {}


def log_deletion(sender, instance, **kwargs):  # <- dead_receiver
    logger.info("deleted %s", instance.pk)


def forget_price_list(sender, instance, **kwargs):
    price_lists.pop(instance.pk, None)
