"""End the unused reset codes that could open an account which has just been secured.

They end when the password is set or reset, when the session key is reset, when deletion is scheduled, and when the
account gets a role: anyone who created one before could still get in with it. Those that an administrator created for
others end with the role, and those of a service with its credential.

REVOKE_RESET_CODES=false leaves them, as the contract of the Node Dashboard does.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import models

from accounts.models import Account
from dashboard.core.actor import Actor
from dashboard.db import prepared
from events.models import Action
from events.services.recording import pending_event, record_each

CODES_TOGETHER = 3  # up to this many codes are deleted by the statement that makes the other changes


def revoke_reset_codes(account: Account, actor: Actor) -> None:
    """Delete the unused reset codes of a locked account, and record each. Mostly there are none."""
    codes: Any = account.reset_codes
    for codeids in prepared.fetch_columns(*unused_codes(account)):
        if codeids:
            _delete(codes.model, dict.fromkeys(codeids, account.accountid), actor)


def unused_codes(account: Account) -> list[prepared.Column]:
    """Build the query that locks an account's unused reset codes: one column of ids, or none if they are to stay.

    The account's lock alone would not do: others delete a code without it, and each of the two would record it.
    """
    if not settings.REVOKE_RESET_CODES:
        return []
    codes: Any = account.reset_codes
    return [prepared.column(_codeids, codes.model, settings.APPID, accountid=account.accountid)]


def pending_deletion(
    account: Account, *found: Sequence[str], actor: Actor
) -> tuple[list[prepared.Change | prepared.BulkChange], list[str]]:
    """Build what deletes and records an account's codes, for `prepared.execute_together`.

    `found` are the columns of `unused_codes`. Return the keys of rows to be marked, too. If there are more than
    CODES_TOGETHER, delete them at once instead.
    """
    codeids = [codeid for column in found for codeid in column]
    if not codeids:
        return [], []
    codes: Any = account.reset_codes
    if len(codeids) > CODES_TOGETHER:
        _delete(codes.model, dict.fromkeys(codeids, account.accountid), actor)
        return [], []
    deletion, keys = codes.model.objects.pending_deletion(account.accountid, codeids)
    events = (pending_event(Action.DELETE_RESET_CODE, account.accountid, actor, codeid) for codeid in codeids)
    return [deletion, *events], keys


def _codeids(model: type[models.Model], appid: str, accountid: str) -> models.QuerySet[Any, str]:
    codes = model._base_manager.filter(appid=appid, account=accountid).order_by("pk")
    return codes.select_for_update(of=("self",)).values_list("pk", flat=True)


def revoke_created_reset_codes(account: Account, actor: Actor) -> None:
    """Delete the unused reset codes that this account, whose row is locked, has created for others."""
    if not settings.REVOKE_RESET_CODES:
        return
    delete_reset_codes(account.created_reset_codes, actor)


def delete_reset_codes(codes: Any, actor: Actor, *, most: int | None = None) -> int:
    """Delete these codes, at most `most` of them, and record each. Return how many."""
    locked = codes.order_by("pk").select_for_update(of=("self",))[:most]
    if account_of := dict(locked.values_list("pk", "account_id")):
        _delete(codes.model, account_of, actor)
    return len(account_of)


def _delete(model: Any, account_of: dict[str, str], actor: Actor) -> None:
    model.objects.delete_by_pk(list(account_of))
    record_each(Action.DELETE_RESET_CODE, account_of, actor)
