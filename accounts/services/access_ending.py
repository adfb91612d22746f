"""End everything that gives access to an account, together with the change that requires it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.models import Account
from accounts.services.reset_code_revocation import pending_deletion, unused_codes
from dashboard.core.actor import Actor
from dashboard.db import prepared
from events.models import Action
from events.services.recording import admit, pending_event


def end_access(  # noqa: PLR0913  what ending has
    account: Account,
    action: Action,
    actor: Actor,
    now: datetime,
    *,
    fields: Sequence[str] = (),
    new_key: bool = False,
    but: str = "",
    targetid: str = "",
) -> None:
    """End the sessions of a locked account except `but`, delete its unused reset codes, and record the operation.

    `fields` are the account's fields that the operation has set. `new_key` also gives it a new session key. One
    statement finds what to end and one writes it all, unless there are more reset codes, or more sessions, than a
    statement should write.
    """
    sessions: Any = account.sessions
    sessionids, *codeids = prepared.fetch_columns(sessions.unended_ids(account, now), *unused_codes(account))
    sessionids = [it for it in sessionids if it != but]
    if sessions.end_by_account(sessionids):  # the actor's own may be among them
        actor = admit(actor)
    deleted, code_keys = pending_deletion(account, *codeids, actor=actor)
    ended, session_keys = sessions.pending_end_of(account, sessionids, action, actor, now, but)
    if new_key:
        account.reset_session_key(now)
        fields = (*fields, "session_key", "session_key_number", "session_key_last_reset_at")
    event = pending_event(action, account.accountid, actor, targetid)
    update = account.pending_update(*fields, dirty=[*session_keys, *code_keys])
    prepared.execute_together([update, *ended, *deleted, event])
