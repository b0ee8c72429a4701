"""Recipes measured: against Django's own delete, on random models and on a large delete."""
