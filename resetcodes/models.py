"""Reset codes."""

from typing import ClassVar

from django.db import models

from accounts.models import Account
from dashboard.core.errors import ErrorCode
from dashboard.core.json import JSON, isoformat
from dashboard.models import IdField, Record, RecordManager, RecordQuerySet


class ResetCodeQuerySet(RecordQuerySet["ResetCode"]):
    pass


class ResetCode(Record):
    """A code that sets a new password of its account once. Only its keyed hash is stored."""

    missing = ErrorCode.CODEID_MISSING
    unknown = ErrorCode.CODEID_UNKNOWN
    kind = "code"
    never_cached = frozenset({"secret_code_hash"})

    codeid = IdField("code")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="reset_codes", db_index=False)
    secret_code_hash = models.CharField(max_length=128)

    objects = RecordManager.from_queryset(ResetCodeQuerySet)()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["appid", "-created_at", "-codeid"], name="reset_code_newest"),
            models.Index(fields=["account", "-created_at", "-codeid"], name="reset_code_newest_of_account"),
        ]

    def __str__(self) -> str:
        return str(self.codeid)

    def as_json(self) -> JSON:
        return {
            "codeid": self.codeid,
            "object": "resetCode",
            "appid": self.appid,
            "accountid": self.account_id,
            "createdAt": isoformat(self.created_at),
            "updatedAt": isoformat(self.updated_at),
        }
