"""manage.py api_reference: docs/api.md, made from the declarations of the routes."""

import io
import re
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings as current
from django.core.management import CommandError, call_command

from dashboard.api.routing import declared
from dashboard.api.schema.objects import objects_in

STALE = "docs/api.md is stale: run manage.py api_reference."


@pytest.fixture
def page(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    return tmp_path / "docs" / "api.md"


def run(*arguments):
    out = io.StringIO()
    call_command("api_reference", *arguments, stdout=out)
    return out.getvalue()


def test_page_in_the_repository_is_fresh():
    assert (Path(current.BASE_DIR) / "docs" / "api.md").exists()
    assert run("--check") == ""


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_page_is_only_written_in_a_checkout(arguments, settings, tmp_path):
    settings.BASE_DIR = tmp_path
    with pytest.raises(CommandError, match=r"docs does not exist: run this command in a checkout\.$"):
        run(*arguments)


def test_page_is_written_and_fresh(page):
    assert run() == "docs/api.md: written\n"
    text = page.read_text()
    assert run("--check") == ""
    assert page.read_text() == text


def add_a_line(page):
    page.write_text(page.read_text() + "One more.\n")


@pytest.mark.parametrize("spoil", [Path.unlink, add_a_line, Path.touch], ids=["missing", "changed", "fresh"])
def test_stale_page_is_refused_and_left_alone(spoil, page):
    run()
    spoil(page)
    before = page.read_text() if page.exists() else None
    if spoil is Path.touch:
        assert run("--check") == ""
    else:
        with pytest.raises(CommandError, match=re.escape(STALE)):
            run("--check")
    assert (page.read_text() if page.exists() else None) == before


def test_stale_page_is_replaced(page):
    page.write_text("old")
    run()
    assert run("--check") == ""


def sections(text):
    """What stands under each heading of a route."""
    starts = [match.start() for match in re.finditer(r"^##+ ", text, re.MULTILINE)] + [len(text)]
    parts = [text[start:end] for start, end in pairwise(starts)]
    return {part.partition("\n")[0].removeprefix("## "): part for part in parts}


def test_page_has_every_route_with_its_refusals_in_order(page):
    run()
    found = sections(page.read_text())
    for route in declared():
        section = found[f"{route.spec.method} {route.path}"]
        assert route.spec.description in section
        rows = re.findall(r"^\| (\d+) \| `([a-z-]+)` \|", section, re.MULTILINE)
        assert rows == [(str(it.status.value), it.code) for it in route.spec.errors]
        for given in (*route.spec.query, *route.spec.body):
            assert f"| `{given.name}` | {'required' if given.required else 'optional'} |" in section


def test_page_names_settings_and_not_their_values(page, settings):
    run()
    settings.MINIMUM_PASSWORD_LENGTH = 17
    assert run("--check") == ""
    assert "A password must have MINIMUM_PASSWORD_LENGTH to MAXIMUM_PASSWORD_LENGTH characters." in page.read_text()


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("account", "| `owner`, `ownerSince` | administrators, the account itself, who signs in | the owner: `"),
        ("account", "| `password` | nobody | who signs in: `user/create-account`, `user/reset-account-password`; the"),
        ("session", "| `token` | who signs in: `user/complete-session`, `user/create-session`; the account itself: `"),
        (
            "secondFactor",
            "| `secret`, `otpauthUri`, `passkeyOptions` | the account itself: `user/create-second-factor` |",
        ),
        ("event", "`userAgent` | administrators, the account itself | nobody |"),
        ("errorCode", " | anybody | nobody |"),
    ],
)
def test_page_says_who_reads_and_writes_which_field(page, heading, row):
    run()
    assert row in sections(page.read_text())[f"### Access to {heading}"]


def test_page_has_every_field_with_its_access(page):
    run()
    found = sections(page.read_text())
    for it in objects_in(route.spec.returns for route in declared()):
        for name in (*it.required, *it.optional):
            assert f"`{name}`" in found[f"### Access to {it.name}"]
