from django.db import models


class ArchivedOrder(models.Model):
    number = models.CharField(max_length=20)


class ArchivedLine(models.Model):
    order = models.ForeignKey(ArchivedOrder, on_delete=models.DB_CASCADE, related_name="lines")
    text = models.CharField(max_length=200)


class ArchivedScan(models.Model):
    order = models.ForeignKey(  # <- database_cascade_skips_receiver
        ArchivedOrder, on_delete=models.DB_CASCADE, related_name="scans"
    )
    file = models.FileField(upload_to="scans")


class ArchivedNote(models.Model):
    order = models.ForeignKey(  # <- database_cascade_without_constraint
        ArchivedOrder, on_delete=models.DB_CASCADE, db_constraint=False, related_name="notes"
    )
    text = models.TextField()
