"""Names in the documentation: the links, commands, routes, error codes and settings that it speaks of exist."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from dashboard.api.routing import declared
from dashboard.core.errors import ErrorCode

PROJECT = Path(settings.BASE_DIR)
PAGES = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("dashboard/**/*.md")])
FREE = {"CHANGELOG.md", "contributing.md"}  # they name what there was, and what a reader would add
ROUTES = {route.path.removeprefix("/api/") for route in declared()}
ERRORS = {(str(it.status.value), it.code) for it in ErrorCode}
SOURCES = "\n".join(path.read_text() for pattern in ("*/**/*.py", "docs/examples/*") for path in PROJECT.glob(pattern))

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def prose(page: Path) -> str:
    """Return a page without its blocks of code, which show examples of what a reader would add."""
    return re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if re.match(r"https?:|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


@each_page
def test_commands_exist(page: Path) -> None:
    if page.name in FREE:
        return
    commands = get_commands()
    for name in re.findall(r"manage\.py ([a-z][a-z_]+)", prose(page)):
        assert name in commands or name == "help", name


@each_page
def test_routes_exist(page: Path) -> None:
    if page.name in FREE:
        return
    for path in re.findall(r"\b((?:user|administrator)/[a-z]+(?:-[a-z]+)*)\b(?!\.)", prose(page)):
        assert path in ROUTES, path


@each_page
def test_errors_exist(page: Path) -> None:
    """A status with a code, such as 409 `invalid-account`."""
    if page.name in FREE:
        return
    for error in re.findall(r"\b([45]\d\d) `([a-z]+(?:-[a-z]+)+)`", prose(page)):
        assert error in ERRORS, error


@each_page
def test_settings_and_constants_exist(page: Path) -> None:
    if page.name in FREE:
        return
    for name in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", prose(page)):
        assert hasattr(settings, name.removesuffix("_FILE")) or name in SOURCES, name


@each_page
def test_files_exist(page: Path) -> None:
    """A file of a package or of the tests, such as `accounts/models.py`."""
    if page.name in FREE:
        return
    for path in re.findall(r"`((?:\w+/)+\w+\.(?:py|js|md))`", prose(page)):
        assert (PROJECT / path).exists() or (page.parent / path).exists(), path
