"""The tables of a run, in Markdown."""

from collections.abc import Iterator, Sequence
from statistics import median

from benchmarks.partitions.forms import BY_MONTH, TODAY
from benchmarks.partitions.simulation import HOW, NAMES, Purge, Size, Waits, Year

MEGABYTE = 1_000_000
THREE_QUARTERS = 9  # months
WAYS = {TODAY: "in batches", BY_MONTH: "by dropping a partition"}


def tables(years: dict[str, Year], waits: Waits) -> str:
    """Return all tables of a run."""
    return "\n\n".join("\n".join(it) for it in (purges(years), blocked(waits), sizes(years), lookups(years)))


def _lines(headings: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{' --- |' * len(headings)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def purges(years: dict[str, Year]) -> Iterator[str]:
    """Yield the table of what it costs to purge a month's rows."""
    headings = ("purge of a month", "rows", "time", "WAL", "whole table locked", "VACUUM afterwards", "its WAL")
    return _lines(
        headings,
        (
            (f"{name}, {WAYS[form]}", *_purge_cells(year.typical_purge(name)))
            for name in NAMES
            for form, year in years.items()
        ),
    )


def _purge_cells(it: Purge) -> tuple[str, ...]:
    locked = _milliseconds(it.locked) if it.locked else "no"
    return (
        f"{it.rows:,.0f}",
        _seconds(it.seconds),
        _size(it.wal),
        locked,
        _seconds(it.vacuum_seconds),
        _size(it.vacuum_wal),
    )


def blocked(waits: Waits) -> Iterator[str]:
    """Yield the table of how long a writer waits."""
    rows = ((name, *(_milliseconds(found[how]) for how in HOW)) for name, found in waits.items())
    return _lines(("the longest wait of a writer", *HOW), rows)


def sizes(years: dict[str, Year]) -> Iterator[str]:
    """Yield the table of sizes: with the free space that purges leave, and rewritten without it."""
    headings = (
        *("after a year", "rows", "table", "indexes", "together", "rewritten", "times as large"),
        f"together after {THREE_QUARTERS} months",
    )
    return _lines(
        headings,
        (
            (f"{name}, {form}", *_size_cells(year.used[name], year.compact[name], year.sizes[THREE_QUARTERS - 1][name]))
            for name in NAMES
            for form, year in years.items()
        ),
    )


def _size_cells(used: Size, compact: Size, earlier: Size) -> tuple[str, ...]:
    factor = f"{used.bytes / compact.bytes:.2f}"
    sizes = map(_size, (used.table, used.indexes, used.bytes, compact.bytes))
    return (f"{used.rows:,}", *sizes, factor, _size(earlier.bytes))


def lookups(years: dict[str, Year]) -> Iterator[str]:
    """Yield the table of look-ups. Ratios are the medians of the rounds' ratios."""
    headings = ("", TODAY, BY_MONTH, "ratio", f"PostgreSQL's CPU time, {TODAY}", BY_MONTH, "ratio")
    names = years[TODAY].lookups
    return _lines(headings, ((name, *_lookup_cells(*(it.lookups[name] for it in years.values()))) for name in names))


def _lookup_cells(first: list[tuple[float, float]], second: list[tuple[float, float]]) -> Iterator[str]:
    for before, after in zip(zip(*first, strict=True), zip(*second, strict=True), strict=True):
        yield f"{median(before) * 1e6:,.0f} µs"
        yield f"{median(after) * 1e6:,.0f} µs"
        yield f"{median(b / a for a, b in zip(before, after, strict=True)):.2f}"


def _seconds(seconds: float) -> str:
    return f"{seconds:,.2f} s"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms"


def _size(number: float) -> str:
    return f"{number / MEGABYTE:,.1f} MB"
