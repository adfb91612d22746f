"""manage.py end_session: ends a session, by an operator."""

import pytest

from events.models import Event
from sessions_app.models import Session
from tests.cases import everything
from tests.commands import run
from tests.factories import SessionFactory


def test_session_is_ended_said_and_written_down(db):
    session, other = SessionFactory(), SessionFactory()
    result = run("end_session", session.sessionid)
    assert (result.status, result.said) == (0, f"{session.sessionid} of {session.account_id}: ended\n")
    assert list(Session.objects.filter(ended_at=None)) == [other]
    event = Event.objects.get()
    assert (event.action, event.accountid, event.targetid) == (
        "set-session-ended",
        session.account_id,
        session.sessionid,
    )
    assert event.actor_kind == "command line"


def test_scripts_are_told_the_session_without_its_csrf_token(db):
    session = SessionFactory()
    wire = run("end_session", session.sessionid, "--json").wire
    expected = Session.objects.get().as_json()
    del expected["csrfToken"]
    assert wire == expected
    assert wire["ended"] is True


@pytest.mark.parametrize("state", [{"expired": True}, {"is_ended_by_request": True}])
def test_session_that_has_ended_is_refused(state, db):
    session = SessionFactory(**state)
    before = everything()
    result = run("end_session", session.sessionid)
    assert (result.status, result.said) == (1, "")
    assert result.complained == f"Refused: {session.sessionid}: invalid-session: The session has already ended.\n"
    assert everything() == before


@pytest.mark.parametrize("sessionid", ["sess_0123456789abcdef", "acct_0123456789abcdef"])
def test_session_is_not_found(sessionid, db):
    result = run("end_session", sessionid)
    assert (result.status, result.complained) == (
        1,
        f"Refused: {sessionid}: invalid-sessionid: No session has this sessionid.\n",
    )
