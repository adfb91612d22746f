"""The epoch of the cache, which the database keeps: see dashboard/cache/epochs.py."""

from django.db import models
from django.db.models.functions import Now


class CacheEpoch(models.Model):
    """What one writer has added to the epoch. The epoch is the sum, which no order of commits can take back.

    Each thread of each process has a row of its own, so that transactions which add to the epoch never wait for each
    other. A process has one more, in which it asks all others for a while not to use the cache. The row STORE names the
    Redis server whose entries are used.
    """

    STORE = "store"

    writer = models.CharField(max_length=64, primary_key=True)
    number = models.BigIntegerField(db_default=0)
    store = models.CharField(max_length=200, blank=True, db_default="")
    suspended_until = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "cache epoch"

    def __str__(self) -> str:
        return self.writer
