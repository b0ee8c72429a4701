"""Watching real deletes: who started them, what they loaded and deleted, what each receiver took.

`delete_lint.watch` is the way in. Importing this package imports no Django.
"""
