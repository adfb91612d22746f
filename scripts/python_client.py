"""Generate what clients/python says of the API from the OpenAPI document: `python -m scripts.python_client [--check]`.

Models, error classes, and the operations of both clients, blocking and asynchronous, from one loop. `--check` writes
nothing and exits with status 1 where a file is not what the document yields.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from scripts.python_client_files import files

PROJECT = Path(__file__).resolve().parent.parent
GENERATED = PROJECT / "clients/python/src/dashboard_client/generated"
PROFILE_FIELDS = "full-name,contact-email,display-name,display-email,dob,phone,occupation,location,company-name,website"
SETTINGS = {"USER_PROFILE_FIELDS": PROFILE_FIELDS, "REQUIRE_PROFILE": "true"}  # so that every field is in the document


def main() -> None:
    """Write the files, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check: bool = parser.parse_args().check
    wanted = {name: formatted(source) for name, source in files(document()).items()}
    stale = [name for name, source in wanted.items() if not is_current(GENERATED / name, source)]
    stale += [file.name for file in GENERATED.glob("*.py") if file.name not in wanted]
    if check and stale:
        sys.exit(f"Stale in {GENERATED.relative_to(PROJECT)}: {', '.join(stale)}. Run python -m scripts.python_client.")
    if not check:
        write(wanted)


def write(wanted: dict[str, str]) -> None:
    """Write these files, and remove others."""
    GENERATED.mkdir(exist_ok=True)
    for file in GENERATED.glob("*.py"):
        if file.name not in wanted:
            file.unlink()
    for name, source in wanted.items():
        (GENERATED / name).write_text(source)


def is_current(file: Path, source: str) -> bool:
    """Whether a file has this source."""
    return file.exists() and file.read_text() == source


def document() -> dict[str, Any]:
    """Return the OpenAPI document of a server with default settings, except that profiles have every field."""
    with tempfile.TemporaryDirectory() as folder:
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        environment = {**kept, **SETTINGS, "DATA_DIR": folder, "ENV_FILE": os.devnull}
        command = [sys.executable, "manage.py", "spectacular", "--format", "openapi-json"]
        said = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, check=True).stdout
    answer: dict[str, Any] = json.loads(said)
    return answer


def formatted(source: str) -> str:
    """Return a source as ruff formats it."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(GENERATED / "a.py"), "-"]
    return subprocess.run(command, cwd=PROJECT, input=source, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
