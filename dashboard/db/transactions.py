"""Transactions that cost nothing where there is one already."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def in_transaction() -> Iterator[None]:
    """Run the block in the current transaction, or in one of its own.

    Unlike `atomic(savepoint=False)`, do not doom the current transaction for an exception that no statement caused,
    such as RestrictedError.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        yield
