from django.db import models


class SearchQuery(models.Model):
    words = models.CharField(max_length=200)
    asked_at = models.DateTimeField(auto_now_add=True)


class SearchClick(models.Model):
    query = models.ForeignKey(SearchQuery, on_delete=models.CASCADE)
    product = models.ForeignKey("catalog.Product", on_delete=models.DO_NOTHING, db_constraint=False)


class SearchResult(models.Model):
    click = models.ForeignKey(SearchClick, on_delete=models.CASCADE)
    rank = models.PositiveIntegerField()


class Synonym(models.Model):
    word = models.CharField(max_length=100)
    meaning = models.CharField(max_length=100)
