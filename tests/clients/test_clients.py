"""Six generators make clients of the document; each compiles strictly and signs in to a server."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from benchmarks.processes import HOST, Program, running
from tests.clients.tools import install_node, install_python
from throwaway.programs import free_port

pytestmark = [
    pytest.mark.clients,
    pytest.mark.process,
    pytest.mark.xdist_group("clients"),
    pytest.mark.timeout(1800),  # the registries may be slow
]

PROGRAMS = Path(__file__).parent / "programs"
USERNAME, PASSWORD = "ada-example", "a password of hers"
WRONG = "401 invalid-password"
SECONDS = 300


@dataclass(frozen=True)
class Served:
    """A server with one account."""

    address: str
    accountid: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("server")
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")} | {
        "DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "dashboard_project.settings",
        "HOST": HOST,
        "PORT": str(port),
        "WORKERS": "1",
        "BCRYPT_WORKLOAD_FACTOR": "4",
    }
    manage = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py")]
    succeed([*manage, "migrate", "--verbosity", "0"], environment=environment)
    create = [*manage, "create_account", "--username", USERNAME, "--json"]
    account = json.loads(succeed(create, environment=environment, typed=f"{PASSWORD}\n"))
    with running(Program("dashboard", [*manage, "serve"], port, environment), folder):
        yield Served(f"http://{HOST}:{port}", account["accountid"])


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "openapi.json"
    path.write_bytes(Client().get("/api/openapi.json").content)
    return path


def succeed(
    command: list[str | Path],
    folder: Path | None = None,
    environment: dict[str, str] | None = None,
    typed: str = "",
) -> str:
    """Run a command, and return what it printed. Fails with all of it where the command fails."""
    ended = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert ended.returncode == 0, f"{command}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


def signed_in(served: Served, said: str) -> bool:
    """Whether a program has printed its account, and the refusal of a wrong password. Node writes true, Python True."""
    return said.lower().splitlines() == [f"{served.accountid} true", WRONG]


# Python


@dataclass(frozen=True)
class PythonGenerator:
    """A generator of a Python package: the package's name, the command, and what mypy is not to report of it."""

    package: str
    command: tuple[str, ...]
    mypy: str


PYTHON = {
    "openapi_python_client": PythonGenerator(
        "dashboard_client",
        ("openapi-python-client", "generate", "--path", "openapi.json", "--meta", "none", "--output-path"),
        "[mypy-dashboard_client.client]\ndisable_error_code = arg-type\n",  # __exit__(self, *args: object)
    ),
    "openapi_generator": PythonGenerator(
        "openapi_client",
        ("openapi-generator-cli", "generate", "-i", "openapi.json", "-g", "python", "-o", "."),
        "[mypy-openapi_client.*]\nwarn_return_any = false\nimplicit_reexport = true\n"
        "disallow_untyped_defs = false\ndisallow_incomplete_defs = false\ndisallow_untyped_calls = false\n",
    ),
}


@pytest.mark.parametrize("name", PYTHON)
def test_generated_python_package_signs_in(name: str, served: Served, document: Path) -> None:
    tools, generator, folder = install_python(), PYTHON[name], document.parent
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(folder)}
    output = [generator.package] if generator.command[-1] == "--output-path" else []
    succeed([*generator.command, *output], folder, environment)
    program = folder / "sign_in.py"
    shutil.copy(PROGRAMS / f"{name}.py", program)
    check(tools, folder, generator)
    said = succeed([tools / "python", "-W", "error", program, served.address, USERNAME, PASSWORD], folder, environment)
    assert signed_in(served, said)


def check(tools: Path, folder: Path, generator: PythonGenerator) -> None:
    """Import every module of the package, and check its types and those of the program that uses it."""
    modules = [
        ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")
        for path in (folder / generator.package).rglob("*.py")
    ]
    succeed([tools / "python", "-c", "".join(f"import {module}\n" for module in modules)], folder)
    (folder / "mypy.ini").write_text(f"[mypy]\nstrict = true\n{generator.mypy}")
    succeed([tools / "mypy", "sign_in.py", generator.package], folder)


# TypeScript


TYPESCRIPT: dict[str, tuple[str, ...]] = {
    "openapi_generator_fetch": (
        "openapi-generator-cli",
        "generate",
        *("-i", "openapi.json", "-g", "typescript-fetch", "-o", "generated"),
    ),
    "orval": ("orval", "--config", "orval.config.mjs"),
    "openapi_typescript": ("openapi-typescript", "openapi.json", "--output", "generated/schema.ts"),
    "hey_api": ("openapi-ts", "--input", "openapi.json", "--output", "generated", "--client", "@hey-api/client-fetch"),
}
COMPILE = (
    *("--strict", "--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--types", "node"),
    *("--module", "commonjs", "--moduleResolution", "node10", "--esModuleInterop", "--outDir", "compiled"),
)


@pytest.mark.parametrize("name", TYPESCRIPT)
def test_generated_typescript_signs_in(name: str, served: Served, document: Path) -> None:
    node_modules, folder = install_node() / "node_modules", document.parent
    path = [node_modules / ".bin", *([install_python()] if name == "openapi_generator_fetch" else [])]
    environment = {**os.environ, "PATH": os.pathsep.join(map(str, [*path, os.environ["PATH"]]))}
    (folder / "node_modules").symlink_to(node_modules)
    (folder / "orval.config.mjs").write_text(orval_config(served.address))
    succeed([*TYPESCRIPT[name]], folder, environment)
    program = folder / "program" / "sign_in.ts"
    program.parent.mkdir()
    shutil.copy(PROGRAMS / f"{name}.ts", program)
    succeed(["tsc", *COMPILE, *sorted((folder / "generated").rglob("*.ts")), program], folder, environment)
    said = succeed(["node", "compiled/program/sign_in.js", served.address, USERNAME, PASSWORD], folder, environment)
    assert signed_in(served, said)


def orval_config(address: str) -> str:
    output = {"target": "generated/client.ts", "client": "fetch", "mode": "single", "baseUrl": address}
    return f"export default {json.dumps({'dashboard': {'input': 'openapi.json', 'output': output}})};\n"
