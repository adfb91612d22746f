"""The page at `/`: where people go from there, and the contract's answer for everybody else."""

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.admin.browser import text
from tests.client import HANDLER
from tests.factories import AccountFactory
from tests.outages import assert_told_in_one_line, dying_after

FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
INVALID_ROUTE = {"object": "error", "message": "invalid-route", "detail": "There is no such route."}
FIRST = "There is no account yet. The first one becomes the owner"


def get(accept: str | None = FIREFOX, method: str = "GET") -> HttpResponse:
    client = Client()
    client.handler = HANDLER
    return client.generic(method, "/", headers={} if accept is None else {"Accept": accept})


def test_page_leads_on(db: None) -> None:
    response = get()
    assert (response.status_code, response["Content-Type"]) == (200, "text/html; charset=utf-8")
    links = re.findall(r'<a href="([^"]*)"', response.content.decode())
    assert links == ["/admin/", "/api/docs", "/api/openapi.json", "/api/errors"]
    for link in links:
        assert Client().get(link).status_code in (200, 302)


def test_page_tells_how_to_create_the_first_account(db: None) -> None:
    said = text(get())
    assert FIRST in said
    assert ".venv/bin/python manage.py create_account --owner" in said
    assert "http://testserver/api/user/create-account" in said


def test_page_of_a_server_with_accounts_says_nothing_of_the_first(db: None) -> None:
    AccountFactory()
    assert FIRST not in text(get())


def test_accounts_of_another_application_do_not_count(db: None) -> None:
    AccountFactory(appid="another")
    assert FIRST in text(get())


def test_page_runs_nothing_and_is_not_stored(db: None) -> None:
    response = get()
    assert response["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'; img-src 'self';")
    assert "unsafe" not in response["Content-Security-Policy"]
    assert not re.search(r"<script|<style|style=|https?://(?!testserver/api/)", response.content.decode())
    assert "no-store" in response["Cache-Control"]
    assert "Accept" in response["Vary"]
    assert response["X-Frame-Options"] == "DENY"


def test_styles_are_found(client: Client, db: None) -> None:
    for path in re.findall(r'<link [^>]*href="([^"]*)"', get().content.decode()):
        response = client.get(path)
        response.close()  # the file
        assert response.status_code == 200, path


@pytest.mark.parametrize(
    "accept", [None, "", "*/*", "application/json", "application/json, text/html;q=0.9", "\xff", ";q=", "text/html;q=0"]
)
def test_other_clients_get_the_contracts_answer(accept: str | None) -> None:
    """It needs no database."""
    response = get(accept)
    assert (response.status_code, response.json()) == (404, INVALID_ROUTE)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_have_no_page(method: str) -> None:
    assert get(method=method).json() == INVALID_ROUTE


def test_head(db: None) -> None:
    response = get(method="HEAD")
    assert (response.status_code, response.content) == (200, b"")


def test_page_leads_on_while_the_database_cannot_be_reached(db: None, caplog: pytest.LogCaptureFixture) -> None:
    with dying_after(0):
        response = get()
    assert response.status_code == 200
    assert "The database does not respond" in text(response)
    assert FIRST not in text(response)
    assert_told_in_one_line(caplog)


def test_page_does_not_lead_to_an_explorer_that_is_off(db: None, settings: Any) -> None:
    settings.API_DOCS = False
    assert re.findall(r'<a href="([^"]*)"', get().content.decode()) == ["/admin/"]
