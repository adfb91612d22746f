"""The networks and browsers that sign in to an account: each has a count of failures, and is trusted once let in.

A browser has a cookie with a random id for this. It is not a credential: it only lets its bearer guess as often as a
client that was let in before. That is OWASP's "Slow Down Online Guessing Attacks with Device Cookies", with rows
instead of signed cookies, so that support sees them and an unlocked account is unlocked for all of them.
"""

import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone

from accounts.models import Account, SignInClient
from dashboard.core.actor import Actor
from dashboard.db import prepared

BROWSERID_PATTERN = re.compile(r"[0-9a-f]{32}")
TRUST_RENEWED_AFTER = timedelta(days=1)  # sign-ins in between write nothing
KEPT_FOR = timedelta(days=1)  # a client that was never let in
TRUSTED_FOR = timedelta(days=400)  # as long as browsers keep a cookie
MAX_TRUSTED = 50  # clients of an account; the ones seen last
SHOWN_WAITING = 5
TRUSTED = {
    "is_trusted": True,
    "failed_sign_ins": 0,
    "locked_until": None,
    "last_seen_at": prepared.Placeholder("now"),
}
ROWS_PER_TRANSACTION = 1_000


def new_browserid() -> str:
    """Return a value for a browser's cookie: 32 hex digits."""
    return secrets.token_hex(16)


def clients_of(account: Account, actor: Actor) -> dict[str, SignInClient]:
    """Return the actor's clients that this account knows, by name: the browser and the network, also an unknown one."""
    names = dict.fromkeys([*names_of(actor), network_name(actor)])
    values = {f"name{number}": name for number, name in enumerate(names)}
    found: list[SignInClient] = prepared.fetch_all(_named, account=account.pk, **values)
    return {client.client: client for client in found}


def judged_client(account: Account, actor: Actor, found: Mapping[str, SignInClient]) -> SignInClient:
    """Return the client whose wrong passwords are counted: the trusted browser, else the network, perhaps not saved.

    A trusted network stays trusted either way: at most, a stranger in it is counted together with its people. `found`
    are the `clients_of` both.
    """
    names, name = names_of(actor), network_name(actor)
    trusted = next((found[name] for name in names if name in found and found[name].is_trusted), None)
    return trusted or found.get(name) or SignInClient(account=account, client=name)


def client_with_codes(account: Account, actor: Actor) -> SignInClient:
    """Return the client whose wrong reset codes are counted: the network, perhaps not saved yet."""
    name = f"codes from {network_name(actor)}"
    return account.sign_in_clients.filter(client=name).first() or SignInClient(account=account, client=name)


def network_name(actor: Actor) -> str:
    """Return the name of the actor's network in `SignInClient.client`."""
    return f"network {actor.network or 'unknown'}"


def names_of(actor: Actor) -> list[str]:
    """Return the names of the actor's browser and network. An unknown network is never let in, so never trusted."""
    names = [network_name(actor)] if actor.network else []
    if BROWSERID_PATTERN.fullmatch(actor.browserid):
        names.insert(0, f"browser {hashlib.sha256(actor.browserid.encode()).hexdigest()[:32]}")
    return names


def trust(account: Account, actor: Actor, found: Mapping[str, SignInClient]) -> None:
    """Remember that the actor was let in, and forget their failures.

    The account's row must be locked, and `found` be the `clients_of` both since then.
    """
    now = timezone.now()
    for name in names_of(actor):
        client = found.get(name) or SignInClient(account=account, client=name)
        if client.pk and client.is_trusted and not client.failed_sign_ins and not _is_stale(client, now):
            continue
        client.is_trusted, client.failed_sign_ins, client.locked_until, client.last_seen_at = True, 0, None, now
        _write_trusted(client)
        if name not in found:
            _forget_beyond_limit(account)


def _write_trusted(client: SignInClient) -> None:
    """Write what `trust` has set: insert the row if it is new, or if a purge has deleted it since it was read."""
    counts: list[int] = []
    if client.pk:
        change = prepared.update_all(_with_pk, TRUSTED, pk=client.pk, now=client.last_seen_at)
        prepared.execute(change.and_then(counts.append))
    if counts != [1]:
        client.pk = None
        prepared.execute(prepared.insert(client))


def _with_pk(pk: int, **_: datetime) -> "models.QuerySet[SignInClient]":
    return SignInClient.objects.filter(pk=pk)


def pending_forgetting(account: Account) -> prepared.BulkChange:
    """Build the update that clears the failures of all clients, usually none. The account's row must be locked."""
    return prepared.update_all(_failed, {"failed_sign_ins": 0, "locked_until": None}, account=account.pk)


def _failed(account: str) -> "models.QuerySet[SignInClient]":
    return SignInClient.objects.filter(account=account, failed_sign_ins__gt=0)


def _named(account: str, **names: str) -> "models.QuerySet[SignInClient]":
    return SignInClient.objects.filter(account=account, client__in=names.values())


def _forget_beyond_limit(account: Account) -> None:
    for client in prepared.fetch_page(_trusted, account=account.pk, offset=MAX_TRUSTED, limit=MAX_TRUSTED):
        client.delete()


def _trusted(account: str) -> "models.QuerySet[SignInClient]":
    return SignInClient.objects.filter(account=account, is_trusted=True).order_by("-last_seen_at")


def _is_stale(client: SignInClient, now: datetime) -> bool:
    return now - client.last_seen_at > TRUST_RENEWED_AFTER


def waiting(account: Account, now: datetime) -> list[SignInClient]:
    """Return the clients that have to wait after too many failures, at most SHOWN_WAITING, the longest waits first."""
    return list(account.sign_in_clients.filter(locked_until__gt=now).order_by("-locked_until")[:SHOWN_WAITING])


def count_old_clients() -> int:
    """Return how many clients `purge_sign_in_clients` would delete."""
    return _old().count()


def purge_sign_in_clients() -> Iterator[int]:
    """Delete the clients not seen for KEPT_FOR, or TRUSTED_FOR. Yield how many after each transaction.

    Those that others have locked are being seen: they stay.
    """
    deleted = ROWS_PER_TRANSACTION
    while deleted == ROWS_PER_TRANSACTION:
        with transaction.atomic():
            locked = _old().select_for_update(skip_locked=True)
            pks = list(locked.values_list("pk", flat=True)[:ROWS_PER_TRANSACTION])
            deleted = SignInClient.objects.filter(pk__in=pks).delete()[0]
        yield deleted


def _old() -> "models.QuerySet[SignInClient]":
    now = timezone.now()
    seen_before = SignInClient.objects.filter(last_seen_at__lt=now - KEPT_FOR)
    return seen_before.exclude(is_trusted=True, last_seen_at__gte=now - TRUSTED_FOR)
