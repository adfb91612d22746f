"""The figures of `make bench-peers`, without its servers."""

from benchmarks.load import Request
from benchmarks.peers.comparison import Row, table


def test_the_ratio_is_the_median_of_the_rounds_ratios():
    # A machine that slows down in the second round and speeds up in the third must not change the ratio.
    row = Row("peer", "check", [(100, 200), (10, 40), (300, 600)])

    assert row.cells() == ("peer", "check", "100", "200", "0.50")
    assert Row("peer", "check", [(100, 50), (10, 40), (300, 100)]).cells() == ("peer", "check", "100", "50.0", "2.00")


def test_the_table_has_a_line_for_each_case():
    lines = table([Row("peer", "check", [(1234.4, 2000)]), Row("peer", "sign-in", [(2.44, 4)])]).splitlines()

    assert lines[2:] == ["| peer | check | 1,234 | 2,000 | 0.62 |", "| peer | sign-in | 2.4 | 4.0 | 0.61 |"]


def test_wrk_sends_a_requests_own_headers():
    request = Request("GET", "http://127.0.0.1:1/check?a=b", headers=(("Content-Type", "application/json"), ("X", "y")))

    expected = '{["Host"] = "127.0.0.1:1", ["Content-Type"] = "application/json", ["X"] = "y"}'
    assert request.as_lua() == f'wrk.format("GET", "/check?a=b", {expected}, "")'
