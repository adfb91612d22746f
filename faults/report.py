"""The table of a run, and its place in docs/reliability.md."""

from collections.abc import Iterable

from faults.running import Result
from throwaway.programs import PROJECT

DOCUMENT = PROJECT / "docs" / "reliability.md"
BEGIN, END = "<!-- table of a run -->", "<!-- end of the table -->"
HEADINGS = (
    "fault",
    "changes acknowledged",
    "lost",
    "checks",
    "cached before",
    "503",
    "5xx",
    "502, 504 of the proxy",
    "cut off or too slow",
    "ended session accepted",
    "valid one refused",
    "own change missing from a list",
    "recovered after",
)


def table(results: Iterable[Result]) -> str:
    lines = [HEADINGS, ("---",) * len(HEADINGS), *(_cells(result) for result in results)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(result: Result) -> tuple[str, ...]:
    if result.verdict is None:
        return result.fault.title, f"not run: {result.missing or result.error}", *[""] * (len(HEADINGS) - 2)
    it = result.verdict
    accepted = f"{it.accepted}, at most {it.accepted_seconds:.2f} s" if it.accepted else "0"
    recovery = "**never**" if it.recovery is None else f"{it.recovery:.1f} s"
    slow = len(it.cut) + len(it.slow)
    numbers = (it.acknowledged, len(it.lost), it.checks, it.cached, it.unavailable, len(it.faults), it.proxy, slow)
    broken = " **bound broken**" if result.violations else ""
    return (
        f"{result.fault.title}{broken}",
        *(f"{number:,}" for number in numbers),
        accepted,
        str(len(it.refused)),
        str(len(it.unseen)) if it.looks else "",
        recovery,
    )


def summary(results: list[Result]) -> str:
    """Return the closing line: how many faults were tried, and what came of them."""
    missing = sum(bool(result.missing) for result in results)
    broken = sum(bool(result.violations) for result in results)
    return f"{len(results)} faults: {len(results) - missing - broken} within bounds, {broken} not, {missing} not run."


def write(text: str) -> None:
    """Put a table into the document."""
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")
