"""Libraries that few deployments need are not in the memory of all."""

import subprocess
import sys

import pytest
from django.conf import settings

LAZY = [
    "rich",
    "webauthn",
    "joserfc",
    "segno",
    "confusable_homoglyphs.confusables",
    "drf_spectacular.plumbing",
    "django.test",
]


@pytest.mark.process
def test_a_worker_starts_without_them() -> None:
    program = "import sys, dashboard_project.asgi; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    assert not {*LAZY}.intersection(loaded.stdout.split())
