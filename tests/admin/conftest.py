"""Somebody who uses the administrators' site in a browser."""

import pytest

from tests.admin.browser import Browser
from tests.factories import AccountFactory, SessionFactory


@pytest.fixture
def nobody(db: None) -> Browser:
    """A browser in which nobody is signed in."""
    return Browser()


@pytest.fixture
def support(db: None) -> Browser:
    """A browser in which an administrator is signed in, who is not the owner."""
    return Browser(SessionFactory(account=AccountFactory(administrator=True)))


@pytest.fixture
def boss(db: None) -> Browser:
    """A browser in which the owner is signed in."""
    return Browser(SessionFactory(account=AccountFactory(owner=True)))
