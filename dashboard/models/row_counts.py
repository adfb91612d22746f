"""How many rows of a table were created in each hour and day. See dashboard/db/counts/row_counts.py."""

from typing import ClassVar

from django.db import models


class RowCount(models.Model):
    """The rows of one kind that were created in a period of one hour or 24 hours, in UTC, except for recent changes.

    `begins` is the first hour of the period, in hours since 1970. Triggers and `manage.py recount_rows` write here.
    """

    appid = models.CharField(max_length=255)
    kind = models.CharField(max_length=20)
    hours = models.PositiveSmallIntegerField()
    begins = models.IntegerField()
    number = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["appid", "kind", "hours", "begins"], name="row_count_of_period")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.begins}+{self.hours}: {self.number}"


class RowCountChange(models.Model):
    """Rows of one kind that were added, or deleted if negative, and are not in `RowCount` yet.

    `hour` is the one in which they were created. No statement waits for another one here: each adds rows of its own.
    """

    appid = models.CharField(max_length=255)
    kind = models.CharField(max_length=20)
    hour = models.IntegerField()
    change = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.kind} {self.hour}: {self.change:+}"
