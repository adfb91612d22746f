"""Webhooks to this machine."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest

from webhooks.services.sending import Sender
from webhooks.services.worker import Worker


@pytest.fixture(autouse=True)
def local(settings: Any) -> None:
    """Allow what tests send to."""
    settings.WEBHOOK_HTTP = True
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture
def sender() -> Iterator[Sender]:
    sender = Sender()
    yield sender
    sender.close()


@pytest.fixture
def worker(sender: Sender) -> Worker:
    return Worker(sender)
