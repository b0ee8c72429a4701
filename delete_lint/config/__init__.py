"""Settings from ``pyproject.toml`` or ``delete-lint.toml`` and from the command line."""

from delete_lint.config.keys import KEYS
from delete_lint.config.loading import find_file, load_settings, usable_settings
from delete_lint.config.shapes import SettingsError

__all__ = ["KEYS", "SettingsError", "find_file", "load_settings", "usable_settings"]
