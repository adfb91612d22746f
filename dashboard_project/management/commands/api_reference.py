"""`manage.py api_reference`: docs/api.md, from the declarations of the routes."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboard.api.parameters import Parameter
from dashboard.api.routing import Route, declared
from dashboard.api.schema.objects import ObjectSchema, objects_in
from dashboard.core.errors import ErrorCode

HEAD = """# API reference

Made by `manage.py api_reference` from the declarations in the code. The [API guide](guide.md) explains what routes have
in common. Refusals stand in the order in which they are checked.
"""


class Command(BaseCommand):
    help = "Write docs/api.md; with --check, exit with status 1 where it is stale."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing")

    def handle(self, *, check: bool, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "api.md"
        if not path.parent.is_dir():
            raise CommandError(f"{path.parent} does not exist: run this command in a checkout.")
        text = reference()
        if check and (not path.exists() or path.read_text() != text):
            raise CommandError("docs/api.md is stale: run manage.py api_reference.")
        if not check:
            path.write_text(text)
            self.stdout.write(f"{path.relative_to(settings.BASE_DIR)}: written")


def reference() -> str:
    """The page, in Markdown."""
    routes = list(declared())
    objects = objects_in(route.spec.returns for route in routes)
    parts = [
        HEAD,
        *(_route(route) for route in routes),
        "## Objects\n",
        *(_fields(it) for it in objects),
    ]
    return "\n".join(parts)


def _route(route: Route) -> str:
    spec = route.spec
    lines = [
        f"## {spec.method} {route.path}\n",
        f"{spec.description} For {route.access.value}. Answers: {spec.returns.name}.\n",
        *_inputs("Query", spec.query),
        *_inputs("Body", spec.body),
        *_refusals(spec.errors),
    ]
    return "\n".join(lines)


def _inputs(title: str, inputs: Iterable[Parameter]) -> Iterator[str]:
    rows = [f"| `{it.name}` | {'required' if it.required else 'optional'} | {it.description} |" for it in inputs]
    if rows:
        yield "\n".join([f"| {title} | | |", "|---|---|---|", *rows, ""])


def _refusals(refusals: Iterable[ErrorCode]) -> Iterator[str]:
    rows = [f"| {it.status.value} | `{it.code}` | {_without_values(it.template)} |" for it in refusals]
    if rows:
        yield "\n".join(["| Status | Code | Reason |", "|---|---|---|", *rows, ""])


def _without_values(sentence: str) -> str:
    return re.sub(r"\{settings\.(\w+)\}", r"\1", sentence)


def _fields(it: ObjectSchema) -> str:
    rows = [f"| `{name}` | always | {schema.get('description', '')} |" for name, schema in it.always.items()]
    rows += [
        f"| `{name}` | where it has a value | {schema.get('description', '')} |"
        for name, schema in it.sometimes.items()
    ]
    return "\n".join([f"### {it.name}\n", "| Field | | |", "|---|---|---|", *rows, ""])
