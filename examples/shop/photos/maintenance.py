from photos.models import Manual


def drop_outdated_manuals() -> None:
    Manual.objects.filter(outdated=True).delete()  # <- bypassed_delete_override


def drop_manual(manual: Manual) -> None:
    """An instance's own delete() is called, and the file goes with it."""
    manual.delete()
