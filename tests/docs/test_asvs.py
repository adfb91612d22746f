"""The table of the OWASP ASVS: complete, and with evidence. That the files it names exist is in test_facts.py."""

import re
from collections import Counter
from pathlib import Path

from django.conf import settings

PAGE = (Path(settings.BASE_DIR) / "docs/asvs.md").read_text()
ROW = r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| (Met|Not applicable|\*\*Not met\*\*): ([^|]+) \|$"
ROWS = re.findall(ROW, PAGE, re.MULTILINE)
STATES = Counter(state for _, _, state, _ in ROWS)
# Requirements of levels 1 and 2 in each chapter of OWASP ASVS 5.0.0
REQUIREMENTS = Counter(
    {"1": 27, "2": 11, "3": 19, "4": 10, "6": 35, "7": 18}
    | {"8": 7, "9": 7, "11": 14, "12": 9, "13": 13, "14": 9, "16": 16}
)


def test_every_requirement_has_one_row() -> None:
    numbers = [number for number, *_ in ROWS]
    assert len(numbers) == len(set(numbers)) == len(re.findall(r"^\| \d", PAGE, re.MULTILINE))
    assert Counter(number.split(".")[0] for number in numbers) == REQUIREMENTS


def test_totals_are_those_of_the_rows() -> None:
    totals = f"Of {len(ROWS)} requirements {STATES['Met']} are met, {STATES['Not applicable']} are not applicable"
    assert f"{totals}, and {STATES['**Not met**']} are not met." in PAGE


def test_what_is_met_has_evidence() -> None:
    """A test, a page or a section, or the words that it was only reviewed."""
    for number, _, state, where in ROWS:
        if state == "Met":
            assert re.search(r"`tests/|\]\(|by review", where), number
