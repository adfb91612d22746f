"""Measure how long applications with a memory accept ended sessions: `python -m benchmarks.applications`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients/python/src"))  # the client of this checkout
