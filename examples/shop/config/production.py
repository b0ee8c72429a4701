from config.settings import *  # noqa: F403

DEBUG = False

DATABASES = {"default": {"ENGINE": "django.db.backends.mysql", "NAME": "shop"}}
