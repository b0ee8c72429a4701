from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "delete_lint"]

# Django's own way to leave a rule out, in the system checks only.
SILENCED_SYSTEM_CHECKS = ["delete_lint.database_cascade_available"]
