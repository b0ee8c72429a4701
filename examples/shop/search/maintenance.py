from datetime import timedelta

from django.utils import timezone

from search.models import SearchQuery, Synonym


def forget_searches() -> None:
    SearchQuery.objects.all().delete()  # <- unfiltered_delete


def forget_old_searches() -> None:
    SearchQuery.objects.filter(asked_at__lt=timezone.now() - timedelta(days=90)).delete()


def reload_synonyms(rows: dict[str, str]) -> None:
    """Nothing points at a synonym and its deletion is nobody's business: one DELETE for the whole table."""
    Synonym.objects.all()._raw_delete("default")
    Synonym.objects.bulk_create(Synonym(word=word, meaning=meaning) for word, meaning in rows.items())
