"""Everything that is held about a person, as one document: articles 15 (access) and 20 (portability) of the GDPR."""

from collections.abc import Iterator

import orjson

from accounts.models import Account
from dashboard.api.responses import json_array
from dashboard.core.json import JSON
from events.listing import OwnEventList
from events.models import Event
from operations.history import account_wire, own_session_wire


def export_account(account: Account) -> Iterator[bytes]:
    """The parts of a JSON document, as ACCOUNT_EXPORT describes it; in memory are at most some thousand rows.

    It has no secret: neither hashes nor keys, nor what would let its reader in. It has nothing of other people but the
    ids of accounts on which this one has done something.
    """
    yield b'{"object":"accountExport","account":' + orjson.dumps(account_wire(account))
    for name, chunks in _arrays(account).items():
        yield b',"' + name.encode() + b'":'
        yield from json_array(chunks)
    yield b"}"


def _arrays(account: Account) -> dict[str, Iterator[list[JSON]]]:
    sessions, own = account.sessions.all().in_chunks(), OwnEventList(account.accountid)
    events, others = own.queryset().in_chunks(), Event.objects.by_on_others(account.accountid).in_chunks()
    return {
        "profiles": ([it.as_json() for it in chunk] for chunk in account.profiles.all().in_chunks()),
        "sessions": ([own_session_wire(it) for it in chunk] for chunk in sessions),
        "resetCodes": ([it.as_json() for it in chunk] for chunk in account.reset_codes.all().in_chunks()),
        "events": ([own.as_json(it) for it in chunk] for chunk in events),
        "eventsOnOthers": ([own.as_json(it) for it in chunk] for chunk in others),
    }
