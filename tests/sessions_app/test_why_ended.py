"""Sessions say which operation ended them, and who did that."""

from dashboard.core.actor import Actor
from sessions_app.models import Session
from sessions_app.services import sessions
from tests.api.cases import CASES
from tests.cases import each_case
from tests.client import outcome
from tests.factories import SessionFactory

ENDING = (
    "set-session-ended",
    "end-other-sessions",
    "reset-session-key",
    "set-account-password",
    "set-account-deleted",
    "reset-account-password",
)
WHY = ("ended_by_action", "ended_by_kind", "ended_by_accountid")


@each_case(tuple(case for case in CASES if case.route.split("/")[-1] in ENDING))
def test_session_says_why_it_ended_and_by_whom(case, settings, db):
    context = case.context(settings)
    SessionFactory(account=context.account)
    assert outcome(context.send()) == (200, "")
    action = case.route.split("/")[1]
    who = context.account if case.caller == "guest" else context.caller.account
    assert set(Session.objects.exclude(ended_at=None).values_list(*WHY)) == {(action, "account", who.accountid)}
    assert not Session.objects.filter(ended_at=None).exclude(ended_by_action="").exists()


def test_what_is_over_already_is_not_said_to_be_ended(user):
    expired = SessionFactory(account=user.account, expired=True)
    ended = SessionFactory(account=user.account, is_ended_by_request=True)
    user.patch("user/reset-session-key", accountid=user.account.accountid)
    assert set(Session.objects.filter(pk__in=[expired.pk, ended.pk]).values_list(*WHY)) == {("", "", "")}


def test_session_that_a_command_ended_has_no_account_that_did_it(user):
    sessions.set_session_ended(user.session.sessionid, Actor.command_line())
    assert Session.objects.values_list(*WHY).get() == ("set-session-ended", "command line", "")
