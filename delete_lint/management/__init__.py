"""Commands of ``manage.py``; they are there once ``delete_lint`` is in ``INSTALLED_APPS``."""
