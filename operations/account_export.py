"""Export of everything that is stored about a person: articles 15 (access) and 20 (portability) of the GDPR."""

from collections.abc import Iterator

import orjson

from accounts.models import Account, SignInClient
from dashboard.api.responses import json_array
from dashboard.core.json import JSON
from events.listing import OwnEventList
from events.models import Event
from operations.representations import account_json, own_session_json, sign_in_client_json
from second_factors.models import RecoveryCode, SecondFactor


def export_account(account: Account) -> Iterator[bytes]:
    """Yield the parts of a JSON document, described by ACCOUNT_EXPORT, with at most some thousand rows in memory.

    The document has no secrets: no hashes or keys, and nothing that authenticates. Of other people it has only the ids
    of accounts on which this one has performed operations.
    """
    yield b'{"object":"accountExport","account":' + orjson.dumps(account_json(account))
    for name, chunks in _arrays(account).items():
        yield b',"' + name.encode() + b'":'
        yield from json_array(chunks)
    yield b"}"


def _arrays(account: Account) -> dict[str, Iterator[list[JSON]]]:
    sessions, own = account.sessions.with_revocations().in_chunks(), OwnEventList(account.accountid)
    factors = SecondFactor.objects.filter(account=account)
    events, others = own.queryset().in_chunks(), Event.objects.by_on_others(account.accountid).in_chunks()
    return {
        "profiles": ([it.as_json() for it in chunk] for chunk in account.profiles.all().in_chunks()),
        "sessions": ([own_session_json(it) for it in chunk] for chunk in sessions),
        "resetCodes": ([it.as_json() for it in chunk] for chunk in account.reset_codes.all().in_chunks()),
        "secondFactors": ([it.as_json() for it in chunk] for chunk in factors.in_chunks()),
        "recoveryCodes": iter([[it.as_json() for it in RecoveryCode.objects.filter(account=account).order_by("pk")]]),
        "signInClients": _clients(account),
        "events": ([own.as_json(it) for it in chunk] for chunk in events),
        "eventsOnOthers": ([own.as_json(it) for it in chunk] for chunk in others),
    }


def _clients(account: Account) -> Iterator[list[JSON]]:
    """Yield the networks and browsers that have tried to sign in, the latest first."""
    for client in SignInClient.objects.filter(account=account).order_by("-last_seen_at", "-pk").iterator():
        yield [sign_in_client_json(client)]
