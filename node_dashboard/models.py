"""Records of imported rows, by which a later run finds what is new, changed or gone."""

from typing import ClassVar

from django.db import models

from dashboard.models import TenantManager, current_appid


class ImportedRow(models.Model):
    """A row of the source at the time of its last import.

    It outlives the row here: one that was deleted here, such as a used reset code, must not come back. If `updated_at`
    of the row here differs from `source_updated_at`, the row was changed here.
    """

    appid = models.CharField(max_length=255, default=current_appid)
    source_appid = models.CharField(max_length=255)
    table = models.CharField(max_length=10)
    rowid = models.CharField(max_length=64)
    source_updated_at = models.DateTimeField()
    value = models.PositiveBigIntegerField(
        default=0, help_text="Of a metric: how much was added to the daily counts here."
    )

    objects = TenantManager["ImportedRow"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["appid", "source_appid", "table", "rowid"], name="imported_row")
        ]

    def __str__(self) -> str:
        return self.rowid
