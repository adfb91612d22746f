"""The table of a run, and its place in docs/performance.md."""

from pathlib import Path

from benchmarks.load import Figures
from benchmarks.measure import Row

DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"
SCALE = DOCUMENT.with_name("scale.md")
RUN, ADMIN_PAGES = "<!-- table of a run -->", "<!-- table of the administrators' pages -->"
PARTS = "<!-- table of the parts -->"
HEAVY_ACCOUNTS = "<!-- table of heavy accounts -->"
SOAK = "<!-- table of a load that lasts -->"
SIZES = "<!-- tables of sizes -->"
PARTITIONS = "<!-- tables of partitions -->"
PEERS = "<!-- table of other services -->"
GROWTH = "<!-- table of growth -->"
END = "<!-- end of the table -->"
HEADINGS = ("case", "requests/s", "p50", "p99", "worker RSS / PSS", "compared", "goal", "reached")
REACHED = {True: "yes", False: "**no**", None: ""}


def table(rows: list[Row]) -> str:
    lines = [HEADINGS, ("---",) * len(HEADINGS), *(_cells(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    memory = str(row.memory or "")
    return (row.case, *_numbers(row.figures), memory, row.compared, row.goal, REACHED[row.is_reached])


def _numbers(figures: Figures | None) -> tuple[str, str, str]:
    if figures is None:
        return "", "", ""
    return f"{figures.rate:,.0f}", f"{figures.p50:.1f} ms", f"{figures.p99:.1f} ms"


def write(text: str, begin: str = RUN, document: Path = DOCUMENT) -> None:
    """Put a table between this marker and the next END."""
    before, _, rest = document.read_text().partition(begin)
    after = rest.partition(END)[2]
    document.write_text(f"{before}{begin}\n{text}\n{END}{after}")
