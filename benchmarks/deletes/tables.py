"""Empty tables for the models of this app."""

from __future__ import annotations


def make_tables() -> None:
    """Drops all that is in the PostgreSQL database first; one of SQLite is a file that is not there yet."""
    from django.apps import apps
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
    with connection.schema_editor() as editor:
        for model in apps.get_app_config("deletes").get_models():
            editor.create_model(model)
