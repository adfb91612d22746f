"""The checker of `make fault-test` notices a service that breaks a promise, and says nothing of one that keeps all."""

import random
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from time import monotonic

import pytest

from benchmarks.revocation.revocation_scenarios import Person, SignedIn, UnexpectedAnswerError, user_set_session_ended
from faults.checker.callers import Caller, Target, UnansweredError
from faults.checker.lists import Author, list_jobs
from faults.checker.record import Answer, Change, Outcome, Record
from faults.checker.verdict import Bounds, Verdict, recovery
from faults.checker.verification import Rows, lost
from faults.checker.writers import revoke
from tests.faults.service import Service, serving

NOBODY = SignedIn("sess_nobody", "", "")
NOW = 1_000.0  # monotonic seconds


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as service:
        yield service


def target(service: Service) -> Target:
    return Target("a-service", lambda: HTTPConnection("127.0.0.1", service.port, timeout=1))


def used(service: Service, **faults: object) -> Record:
    """Let a session be made, checked, ended and checked, by a service that does something wrong afterwards."""
    record = Record()
    with closing(Caller(target(service), record)) as caller:
        session = SignedIn("sess_of_somebody", "a token", "acct_of_somebody")
        service.sessions[session.sessionid] = True
        record.watch([session])
        caller.check(session)
        revoke(caller, user_set_session_ended, NOBODY, Person("somebody", session.accountid, [session]))
        (live,) = record.watched()
        for name, value in faults.items():
            setattr(service.faults, name, value)
        for it in (session, live):
            with suppress(UnansweredError, UnexpectedAnswerError):
                caller.check(it)
    return record


def violations(record: Record, missing: tuple[str, ...] = (), bounds: Bounds = Bounds()) -> list[str]:  # noqa: B008
    return Verdict.of(record, list(missing), begin(record), 1, bounds).violations(bounds)


def begin(record: Record) -> float:
    return record.answers[0].began if record.answers else 0.0


def test_a_service_that_keeps_its_promises(service: Service) -> None:
    record = used(service)
    assert violations(record) == []
    assert record.acknowledged() == Counter({"set-session-ended": 1, "create-session": 1})
    assert record.checks == 3


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"accepts_ended": True}, "1 checks accepted an ended session"),
        ({"refuses_valid": True}, "1 checks refused a valid session"),
        ({"answers": 500}, "2 requests met an error"),
        ({"answers": 502}, "2 requests met an error"),  # in JSON, and so no proxy's
        ({"hangs": True}, "2 requests took longer"),
        ({"cuts": True}, "2 requests were not answered"),
    ],
)
def test_a_broken_promise(service: Service, fault: dict[str, object], said: str) -> None:
    found = violations(used(service, **fault))
    assert any(said in it for it in found), found


def test_an_unavailable_service_is_within_bounds_only_where_that_is_allowed(service: Service) -> None:
    record = used(service, answers=503)
    over, bounds = record.answers[-1].ended, Bounds(may_be_unavailable=False)
    record.answers.append(Answer(Outcome.ANSWERED, over, over + 0.5, "afterwards"))
    assert Verdict.of(record, [], over, 1, Bounds()).violations(Bounds()) == []
    assert Verdict.of(record, [], over, 1, bounds).violations(bounds) == ["2 requests were answered with 503."]


def test_an_ended_session_may_be_accepted_for_as_long_as_the_bound_says(service: Service) -> None:
    record = used(service, accepts_ended=True)
    assert violations(record, bounds=Bounds(accepted_within=60)) == []


def test_a_run_in_which_nothing_was_cached_or_done_proves_nothing(service: Service) -> None:
    bounds = Bounds(must_be_cached=True)
    record = used(service)
    verdict = Verdict.of(record, [], begin(record), 0, bounds)
    assert verdict.violations(bounds) == ["Nothing was cached, so that nothing is proved."]
    assert "Nothing was acknowledged or checked." in violations(Record())


# Lists


def looked_for(service: Service, **faults: bool) -> Record:
    """Let an administrator change something, and look for it in a list of a service that does something wrong."""
    record = used(service)
    person = Person("another", "acct_of_another", [SignedIn("sess_of_another", "a token", "acct_of_another")])
    author = Author(NOBODY, deque([person]), first_change=0.0)
    for name, value in faults.items():
        setattr(service.faults, name, value)
    with closing(Caller(target(service), record)) as caller:
        author.look(caller, random.Random(0))  # which proves nothing yet
        author.change_and_look(caller, random.Random(0))
    return record


def test_changes_that_their_author_sees_in_a_list(service: Service) -> None:
    record = looked_for(service)
    assert violations(record, bounds=Bounds(must_list=True)) == []
    assert record.acknowledged()["set-account-deleted"] == record.looks == 1


def test_change_that_is_missing_from_a_list_of_its_author(service: Service) -> None:
    (found,) = violations(looked_for(service, hides_changes=True))
    assert "1 lists lack a change of whoever asks: ['acct_of_another, asked of a-service']" in found


def test_run_in_which_nobody_looked_for_a_change_proves_nothing(service: Service) -> None:
    (found,) = violations(used(service), bounds=Bounds(must_list=True))
    assert found == "Nobody looked for a change of their own, so that nothing is proved."


def test_authors_look_at_each_target_for_changes_of_people_whom_nobody_else_changes(service: Service) -> None:
    persons = deque(Person(f"person{number}", f"acct_{number}", []) for number in range(20))
    work = list_jobs([NOBODY] * 3, [target(service)] * 2, persons)
    assert [job.__name__ for job, _ in work] == ["read"] * 2 + ["change_and_look", "look"] * 2
    taken = {person.accountid for job, _ in work[2:] for person in job.__self__.persons}
    assert len(taken) == 12
    assert len(persons) == 8


# The database

ROWS = Rows(
    accounts={"acct_1": (1, None)},
    sessions={"sess_1": (1, None), "sess_2": (1, monotonic())},  # type: ignore[dict-item]
    codes={"code_1"},
    events=Counter({("create-account", "acct_1"): 1, ("set-session-ended", "acct_1"): 1}),
)


@pytest.mark.parametrize(
    ("change", "is_lost"),
    [
        (Change("create-account", "acct_1", "acct_1"), False),
        (Change("create-account", "acct_2", "acct_2"), True),
        (Change("set-session-ended", "acct_1", ended=("sess_2",)), False),
        (Change("set-session-ended", "acct_1", ended=("sess_1",)), True),
        (Change("create-reset-code", "acct_1", "code_2"), True),
        (Change("create-reset-code", "acct_1", "code_1"), True),  # it has no event
        (Change("create-session", "acct_1", "sess_3"), True),
        (Change("set-account-deleted", "acct_1"), True),
        (Change("delete-account", "acct_1"), True),
    ],
)
def test_acknowledged_change_that_the_database_lacks(change: Change, is_lost: bool) -> None:
    record = Record(changes=[change], attempts=[change])
    assert bool(lost(record, ROWS)) == is_lost


def test_deletion_is_not_expected_where_a_later_answer_is_missing() -> None:
    done, tried = Change("reset-account-deleted", "acct_1"), Change("set-account-deleted", "acct_1")
    rows = Rows({"acct_1": (1, None)}, {}, set(), Counter({("reset-account-deleted", "acct_1"): 1}))
    assert lost(Record(changes=[done], attempts=[done, tried]), rows) == []


# Recovery


@pytest.mark.parametrize(
    ("failed", "answered", "expected"),
    [
        ([], [0.5], 0.0),
        ([0.5, 1.2], [0.1, 1.5], 1.2),
        ([-1.0], [0.5], 0.0),
        ([0.5, 1.4, 2.3], [0.1], None),
        ([], [], None),
        ([], [2.5, 3.0], 2.5),
        ([1.0], [2.5], 2.5),
        ([1.0, 3.0], [2.5], None),
    ],
)
def test_recovery_is_the_first_second_without_an_error(
    failed: list[float], answered: list[float], expected: float | None
) -> None:
    answers = [Answer(Outcome.UNAVAILABLE, 0, NOW + it, "") for it in failed]
    answers += [Answer(Outcome.ANSWERED, 0, NOW + it, "") for it in answered]
    found = recovery(Record(answers=answers), NOW)
    assert found == (None if expected is None else pytest.approx(expected))
