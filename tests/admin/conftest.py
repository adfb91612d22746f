"""Browsers at the administrators' site."""

import pytest

from tests.admin.browser import Browser
from tests.factories import AccountFactory, SessionFactory


@pytest.fixture
def anonymous(db: None) -> Browser:
    """A browser without a session."""
    return Browser()


@pytest.fixture
def support(db: None) -> Browser:
    """A browser of a signed-in administrator who is not the owner."""
    return Browser(SessionFactory(account=AccountFactory(administrator=True)))


@pytest.fixture
def owner(db: None) -> Browser:
    """A browser of the signed-in owner."""
    return Browser(SessionFactory(account=AccountFactory(owner=True)))
