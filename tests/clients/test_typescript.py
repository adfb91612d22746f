"""clients/typescript: it is that of the document, and is built, tested and packed."""

import json
import re
import tarfile
from pathlib import Path

import pytest
from django.test import Client

from dashboard.core.errors import ErrorCode
from tests.clients.npm import APPLICATIONS, SOURCE, succeed

pytestmark = [
    pytest.mark.clients,
    pytest.mark.process,
    pytest.mark.xdist_group("clients"),
    pytest.mark.timeout(1800),  # the registry may be slow
]


def test_types_and_methods_are_those_of_the_document(npm_source: Path, tmp_path: Path) -> None:
    document = tmp_path / "openapi.json"
    document.write_bytes(Client().get("/api/openapi.json").content)
    succeed("node", "scripts/generate.mjs", document, "--check", folder=npm_source)


def test_codes_are_those_of_the_catalogue() -> None:
    routes = (SOURCE / "src" / "generated" / "routes.ts").read_text()
    _, codes, _ = re.split(r"export const CODES = \[|\] as const;", routes, maxsplit=2)
    answered = {it.code for it in ErrorCode} - {ErrorCode.SIGN_IN_REQUIRED.code}  # whose answer has no code
    assert {*re.findall(r'"(.*)"', codes)} == answered


def test_own_tests_pass(npm_source: Path) -> None:
    assert re.search(r"^# pass [1-9]", succeed("npm", "test", folder=npm_source), re.MULTILINE)


def test_package_has_what_its_users_need_and_nothing_else(tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        names = {Path(name).relative_to("package") for name in archive.getnames()}
    assert {Path(name) for name in ("package.json", "README.md", "LICENSE", "dist/express.d.ts")} < names
    assert {name.parts[0] for name in names} == {"package.json", "README.md", "LICENSE", "dist"}
    assert "dependencies" not in json.loads((SOURCE / "package.json").read_text())


@pytest.mark.parametrize("folder", [SOURCE, APPLICATIONS], ids=lambda it: it.name)
def test_lock_file_names_no_registry(folder: Path) -> None:
    assert "resolved" not in (folder / "package-lock.json").read_text()


def test_strict_application_compiles(place: Path) -> None:
    options = ("--strict", "--noEmit", "--target", "es2022", "--module", "nodenext", "--types", "node")
    succeed(place.parent / "node_modules" / ".bin" / "tsc", *options, "types.ts", folder=place)
