"""Isolation between tests, and between the checks that share one test."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import LazySettings, settings
from django.core.signals import setting_changed
from django.db import connection, transaction
from django.dispatch import receiver
from django.test import override_settings

from dashboard.api.access.refusals import lines_limiter
from dashboard.cache import seals
from dashboard.cache.rate_limits import rate_limiter
from dashboard.cache.rows import row_cache
from events.services import rollup
from service_credentials.services import authentication
from sessions_app import owners
from sessions_app.services import last_seen


@contextmanager
def isolated() -> Iterator[LazySettings]:
    """Undo every change that the block makes to rows, settings and process memories.

    Yield Django's settings, to be changed by assignment. Enter it inside `subtests.test()`: then a failed check is
    undone too. The test must use the database.
    """
    try:
        with override_settings(), transaction_of_test():
            yield settings
            connection.check_constraints()  # as Django's TestCase does at the end of each test
            transaction.set_rollback(True)
    finally:
        clear_process_memories()


def transaction_of_test() -> Any:
    """Return a transaction that is none of the code under test, marked as Django marks those of its TestCase."""
    atomic: Any = transaction.atomic()
    atomic._from_testcase = True
    return atomic


def is_in_transaction() -> bool:
    """Return whether the code under test has begun a transaction, in which it may have locked rows."""
    return any(not block._from_testcase for block in connection.atomic_blocks)


def clear_process_memories() -> None:
    """Forget the rows of earlier checks: they are rolled back, but caches and process memories outlive them."""
    row_cache.store.key_prefix = secrets.token_hex(8)
    row_cache.forget()
    rate_limiter.namespace = secrets.token_hex(8)
    rate_limiter.forget()
    lines_limiter.forget()
    for memory in (last_seen._noted, last_seen._written, owners._accountid_of, rollup._counted, authentication._noted):
        memory.clear()


@receiver(setting_changed)
def _forget_store(*, setting: str, **signal: Any) -> None:
    """Let the cache make a new store when a test overrides CACHES, as Django does for its own caches."""
    if setting == "CACHES":
        vars(row_cache).pop("store", None)


@receiver(setting_changed)
def _forget_key(*, setting: str, **signal: Any) -> None:
    """Let the cache derive a new key when a test overrides SECRET_KEY."""
    if setting == "SECRET_KEY":
        seals._keyed_hash.cache_clear()
