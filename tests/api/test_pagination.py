"""Lists: which rows of them a request gets, in which order, and at what cost."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.utils import timezone

from accounts.models import Account, Profile
from dashboard.api.pagination import FAR
from dashboard.models.querysets import ROWS_PER_CHUNK
from tests.client import ApiClient, outcome
from tests.factories import (
    AccountFactory,
    EventFactory,
    ProfileFactory,
    ResetCodeFactory,
    SecondFactorFactory,
    SessionFactory,
)
from tests.isolation import isolated

NOW = timezone.now()
LINK = re.compile(r'<(?P<target>[^>]*)>; rel="next"')

# Each list: who asks, its route, what makes a row of it, and the refusal of an unknown row
LISTS = {
    "administrator/accounts": (AccountFactory, {}, "invalid-accountid"),
    "administrator/administrator-accounts": (AccountFactory, {"administrator": True}, "invalid-accountid"),
    "administrator/deleted-accounts": (AccountFactory, {"scheduled": True}, "invalid-accountid"),
    "administrator/profiles": (ProfileFactory, {}, "invalid-profileid"),
    "administrator/sessions": (SessionFactory, {}, "invalid-sessionid"),
    "administrator/reset-codes": (ResetCodeFactory, {}, "invalid-reset-codeid"),
    "administrator/events": (EventFactory, {}, "invalid-eventid"),
    "user/events": (EventFactory, {}, "invalid-eventid"),
    "user/profiles": (ProfileFactory, {}, "invalid-profileid"),
    "user/sessions": (SessionFactory, {}, "invalid-sessionid"),
    "user/second-factors": (SecondFactorFactory, {}, "invalid-factorid"),
    "user/reset-codes": (ResetCodeFactory, {}, "invalid-reset-codeid"),
}
OWN_LISTS = [route for route in LISTS if route.startswith("user/")]
each_list = pytest.mark.parametrize("route", LISTS)
each_kind_of_list = pytest.mark.parametrize("route", ["administrator/accounts", "user/sessions"])


class Listed:
    """A list of seven rows: three of one time, two of another, two of their own; no two lists have the same ids."""

    def __init__(self, route: str) -> None:
        self.route = route
        self.factory, self.fields, self.code = LISTS[route]
        owner = AccountFactory(owner=route.startswith("administrator/"), created_at=NOW - timedelta(days=9))
        self.caller = ApiClient(SessionFactory(account=owner, created_at=NOW - timedelta(days=9)))
        self.query = {"accountid": owner.accountid} if self.factory is not AccountFactory else {}
        self.rows = self.newest_first([self.make(NOW - timedelta(seconds=age)) for age in (0, 1, 1, 1, 2, 3, 3)])

    def make(self, created_at: Any) -> Any:
        fields = {} if self.factory is AccountFactory else {"account": self.caller.account}
        return self.factory(created_at=created_at, **fields, **self.fields)

    @staticmethod
    def newest_first(rows: list[Any]) -> list[str]:
        return [row.public_id for row in sorted(rows, key=lambda row: (row.created_at, row.pk), reverse=True)]

    def get(self, **query: Any) -> Any:
        return self.caller.get(self.route, **{**self.query, **query})

    def ids(self, **query: Any) -> list[str]:
        """The rows that are answered, but for the caller's own session and account, which are the oldest of all."""
        return self.ids_of(self.get(**query))

    def ids_of(self, response: Any) -> list[str]:
        assert response.status_code == 200
        own = {self.caller.account.pk, self.caller.session.pk}  # type: ignore[union-attr]
        return [pk for pk in (next(iter(row.values())) for row in json.loads(response.getvalue())) if pk not in own]


@pytest.fixture
def listed(route: str, db: None) -> Listed:
    return Listed(route)


@pytest.fixture(params=[FAR, 1], ids=["offsets that are near", "offsets that are far"])
def far(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Find the rows of offsets in both ways."""
    monkeypatch.setattr("dashboard.api.pagination.FAR", request.param)


# Pages


@each_list
def test_newest_first_and_of_one_time_by_id(listed: Listed) -> None:
    assert listed.ids() == listed.ids(all="true") == listed.rows


PAGES: list[tuple[dict[str, Any], slice]] = [
    ({"limit": 3}, slice(0, 3)),
    ({"offset": 2}, slice(2, 7)),
    ({"offset": 2, "limit": 3}, slice(2, 5)),
    ({"offset": 2, "limit": 1}, slice(2, 3)),
    ({"offset": 0, "limit": 1000}, slice(0, 7)),
    ({"offset": 100}, slice(7, 7)),
    ({"offset": 2**31 - 1}, slice(7, 7)),
    ({"all": "false", "limit": 2}, slice(0, 2)),
    ({"all": "true", "limit": 2}, slice(0, 7)),
    ({"after": ""}, slice(0, 7)),
]


@each_list
@pytest.mark.usefixtures("far")
def test_page(listed: Listed, subtests: pytest.Subtests) -> None:
    for query, rows in PAGES:
        with subtests.test(query=query), isolated():
            assert listed.ids(**query) == listed.rows[rows]


@each_list
@pytest.mark.usefixtures("far")
def test_page_after_a_row(listed: Listed) -> None:
    for index, pk in enumerate(listed.rows):
        assert listed.ids(after=pk) == listed.ids(after=pk, all="true") == listed.rows[index + 1 :]
        assert listed.ids(after=pk, limit=2) == listed.rows[index + 1 : index + 3]
        assert listed.ids(after=pk, offset=1) == listed.rows[index + 2 :]


@pytest.mark.parametrize("route", ["user/profiles"])
def test_page_has_page_size_rows_where_no_limit_is_given(listed: Listed, settings: Any) -> None:
    settings.PAGE_SIZE = 4
    assert listed.ids() == listed.rows[:4]


@pytest.mark.parametrize("route", ["user/profiles"])
def test_row_that_is_made_meanwhile_does_not_move_what_comes_after(listed: Listed) -> None:
    listed.make(NOW + timedelta(seconds=1))
    assert listed.ids(after=listed.rows[1]) == listed.rows[2:]


@each_kind_of_list
@pytest.mark.parametrize("after", ["{prefix}_0123456789abcdef", "x", "%", "\0", "a" * 10_000, ["{row}", "{row}"]])
def test_page_after_an_unknown_row(listed: Listed, after: Any) -> None:
    names = {"row": listed.rows[0], "prefix": listed.rows[0][:4]}
    given = [it.format(**names) for it in after] if isinstance(after, list) else after.format(**names)
    assert outcome(listed.get(after=given)) == outcome(listed.get(after=given, all="true")) == (404, listed.code)


@each_list
def test_every_list_has_its_pages(listed: Listed) -> None:
    assert outcome(listed.get(after="x")) == (404, listed.code)
    assert [pk for page in walked(listed, limit=2) for pk in page] == listed.rows


@each_list
def test_page_after_a_row_of_another_appid(listed: Listed, settings: Any) -> None:
    settings.APPID = "another"
    elsewhere = Listed(listed.route).rows[0]
    settings.APPID = "dashboard"
    assert outcome(listed.get(after=elsewhere)) == (404, listed.code)


@pytest.mark.parametrize("route", OWN_LISTS)
def test_page_after_a_row_of_another_account_tells_nothing_of_it(listed: Listed) -> None:
    """Neither that there is such a row, nor, by which of one's own come after it, when it was made."""
    anothers = listed.factory(created_at=NOW - timedelta(seconds=1, milliseconds=500))
    assert outcome(listed.get(after=anothers.pk)) == (404, listed.code)


@pytest.mark.parametrize("route", OWN_LISTS)
def test_nobody_sees_rows_of_another_account(listed: Listed) -> None:
    for age in (-1, 1, 5):
        listed.factory(created_at=NOW - timedelta(seconds=age))
    assert listed.ids() == listed.ids(all="true") == listed.rows
    assert listed.ids(after=listed.rows[2]) == listed.rows[3:]


# What does not parse or is out of range

NO_NUMBERS = [
    "",
    "-1",
    "+1",
    "1.0",
    "1e3",
    "0x1",
    "1_0",
    " 1",
    "1 ",
    "1\n",
    "\0",
    "a",
    "null",
    "१",
    ["1", "1"],
    "9" * 5000,
]
INVALID = {
    "offset": [*NO_NUMBERS, str(2**31), "9999999999"],
    "limit": [*NO_NUMBERS, "0", "1001", str(2**63)],
    "all": ["", "1", "0", "True", "TRUE", "yes", "on", " true", "true\n", "\0", ["true", "true"], ["true", "false"]],
}


@each_kind_of_list
@pytest.mark.parametrize("name", INVALID)
def test_invalid_parameter(listed: Listed, name: str, subtests: pytest.Subtests) -> None:
    for value in INVALID[name]:
        with subtests.test(value=value), isolated():
            assert outcome(listed.get(**{name: value})) == (400, f"invalid-{name}")


@each_list
def test_invalid_parameter_on_every_list(listed: Listed, subtests: pytest.Subtests) -> None:
    for name in INVALID:
        with subtests.test(name), isolated():
            assert outcome(listed.get(**{name: "x"})) == (400, f"invalid-{name}")


# The Link header


def walked(listed: Listed, **query: Any) -> Iterator[list[str]]:
    """The ids of each page, from link to link."""
    response = listed.get(**query)
    yield listed.ids_of(response)
    while "Link" in response:
        response = listed.caller.client.get(LINK.fullmatch(response["Link"])["target"])  # type: ignore[index]
        yield listed.ids_of(response)


@each_kind_of_list
@pytest.mark.parametrize("limit", [1, 3, 7])
def test_walking_the_links_gives_every_row_once(listed: Listed, limit: int) -> None:
    pages = list(walked(listed, limit=limit))
    assert [pk for page in pages for pk in page] == listed.rows
    assert all(len(page) == limit for page in pages[:-2])


@pytest.mark.parametrize("route", ["user/profiles"])
def test_walk_that_starts_at_an_offset_goes_on_from_there(listed: Listed) -> None:
    assert list(walked(listed, offset=3, limit=2)) == [listed.rows[3:5], listed.rows[5:]]


@pytest.mark.parametrize("route", ["user/profiles", "administrator/profiles"])
def test_link_is_relative_and_keeps_the_other_parameters(listed: Listed) -> None:
    response = listed.get(offset=1, limit=2, all="false", other=["ö", "&=>"])
    target = urlsplit(LINK.fullmatch(response["Link"])["target"])  # type: ignore[index]
    assert (target.scheme, target.netloc, target.path) == ("", "", f"/api/{listed.route}")
    assert parse_qsl(target.query) == [
        *listed.query.items(),
        ("limit", "2"),
        ("all", "false"),
        ("other", "ö"),
        ("other", "&=>"),
        ("after", listed.rows[2]),
    ]


@pytest.mark.parametrize("route", ["user/profiles"])
@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ({}, False),
        ({"limit": 6}, True),
        ({"limit": 7}, False),
        ({"limit": 8}, False),
        ({"offset": 5, "limit": 1}, True),
        ({"offset": 5, "limit": 2}, False),
        ({"offset": 100}, False),
        ({"all": "true", "limit": 1}, False),
    ],
    ids=str,
)
def test_link_is_there_where_a_page_follows(listed: Listed, query: dict[str, Any], is_there: bool) -> None:
    assert ("Link" in listed.get(**query)) == is_there


# Cost


@each_list
def test_list_takes_one_query(listed: Listed, django_assert_num_queries: Any, subtests: pytest.Subtests) -> None:
    """One besides the session's, however many rows there are."""
    queries: list[dict[str, Any]] = [{}, {"limit": 2}, {"all": "true"}, {"offset": 3}]
    for query in queries:
        with subtests.test(query=query), isolated(), django_assert_num_queries(2):
            listed.ids(**query)


@each_list
def test_list_after_a_row_takes_two_queries(listed: Listed, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):
        assert listed.ids(after=listed.rows[0]) == listed.rows[1:]


def many_profiles(account: Account, count: int) -> None:
    """All of one time but the last, so that ties stand at the end of every chunk."""
    rows = [Profile(account=account, full_name="ö", created_at=NOW) for _ in range(count - 1)]
    Profile.objects.bulk_create([*rows, Profile(account=account, created_at=NOW - timedelta(days=1))])


def test_limit_is_1000_at_most(user: ApiClient) -> None:
    many_profiles(user.account, 1001)
    response = user.get("user/profiles", accountid=user.account.accountid, limit=1000)
    assert len(response.json()) == 1000
    assert len(user.client.get(LINK.fullmatch(response["Link"])["target"]).json()) == 1  # type: ignore[index]


@pytest.mark.parametrize("count", [199, 200, 201, 400, 500])
def test_all_rows_are_streamed_in_chunks(user: ApiClient, django_assert_num_queries: Any, count: int) -> None:
    """A query for each chunk, made when its rows are due, the first before the answer begins."""
    many_profiles(user.account, count)
    response = user.get("user/profiles", accountid=user.account.accountid, all="true")
    assert response.streaming
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    chunks = iter(response.streaming_content)
    answer = b""
    for start in range(0, count, ROWS_PER_CHUNK):
        with django_assert_num_queries(int(start > 0)):
            answer += next(chunks)
    with django_assert_num_queries(int(count % ROWS_PER_CHUNK == 0)):
        answer += b"".join(chunks)
    ids = [row["profileid"] for row in json.loads(answer)]
    assert ids == list(Profile.objects.order_by("-created_at", "-pk").values_list("pk", flat=True))


def test_rows_that_are_deleted_while_they_are_streamed_do_not_stop_the_stream(user: ApiClient) -> None:
    many_profiles(user.account, 1500)
    response = user.get("user/profiles", accountid=user.account.accountid, all="true")
    chunks = iter(response.streaming_content)
    first = next(chunks)
    Profile.objects.exclude(created_at=NOW).delete()
    Profile.objects.filter(pk=json.loads(first + b"]")[-1]["profileid"]).delete()
    assert len(json.loads(first + b"".join(chunks))) == 1499
