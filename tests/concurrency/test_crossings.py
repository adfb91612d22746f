"""What requests do that cross: that want the same, or that take from each other what they are about."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password

from accounts.models import Account, Profile
from accounts.services import credentials, deletion, profiles, registration, roles
from accounts.services.reset_code_revocation import CODES_TOGETHER
from dashboard.core.actor import Actor, ActorKind
from events.models import Action, Event
from resetcodes.models import ResetCode
from resetcodes.services import reset_codes
from sessions_app.models import Session
from sessions_app.services import last_seen, sessions
from tests.client import ApiClient, outcome
from tests.concurrency.concurrent import (
    SOMEBODY,
    SUCCESS,
    ConcurrentOperations,
    locked_row,
    no_inserts,
    run_concurrently,
    shared_rows,
    wait_until_blocked,
    wait_until_blocked_or_done,
)
from tests.factories import PASSWORD, AccountFactory, ProfileFactory, ResetCodeFactory, SessionFactory
from tests.isolation import transaction_of_test

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

CODE = "abc123def456"
PROFILE = {"full-name": "Somebody", "contact-email": "somebody@example.com"}
REFUSED = ("invalid-account", 409)


def change_password(account: Account, new: str, session: Session) -> Callable[[], Any]:
    return partial(credentials.set_account_password, account.accountid, new, PASSWORD, session.sessionid, SOMEBODY)


def change_username(account: Account, new: str) -> Callable[[], Any]:
    return partial(credentials.set_account_username, account.accountid, new, PASSWORD, SOMEBODY)


# Reset codes


def test_a_reset_code_sets_one_password() -> None:
    account = ResetCodeFactory(account=AccountFactory(username="somebody"), secret_code=CODE).account
    attempts = [
        partial(reset_codes.reset_account_password, "somebody", f"new password {n}", CODE, SOMEBODY) for n in range(4)
    ]
    assert run_concurrently(locked_row(account), *attempts) == {SUCCESS: 1, ("invalid-reset-code", 401): 3}
    account.refresh_from_db()
    assert sum(check_password(f"new password {n}", account.password) for n in range(4)) == 1
    assert account.session_key_number == 2
    assert not ResetCode.objects.exists()


def test_of_two_reset_codes_the_first_ends_the_other() -> None:
    assert reset_with_two_codes() == {SUCCESS: 1, ("invalid-reset-code", 401): 3}


def test_each_of_two_reset_codes_works_once_where_they_do_not_end_each_other(settings: Any) -> None:
    settings.REVOKE_RESET_CODES = False
    assert reset_with_two_codes() == {SUCCESS: 2, ("invalid-reset-code", 401): 2}


def reset_with_two_codes() -> dict[Any, int]:
    account = AccountFactory(username="somebody")
    for code in (CODE, CODE[::-1]):
        ResetCodeFactory(account=account, secret_code=code)
    attempts = [
        partial(reset_codes.reset_account_password, "somebody", "new password", code, SOMEBODY)
        for code in (CODE, CODE[::-1]) * 2
    ]
    return run_concurrently(locked_row(account), *attempts)


def test_a_password_is_reset_or_changed_by_whoever_comes_first() -> None:
    session = SessionFactory(account=AccountFactory(username="somebody"))
    account = ResetCodeFactory(account=session.account, secret_code=CODE).account
    reset = partial(reset_codes.reset_account_password, "somebody", "by the code", CODE, SOMEBODY)
    done = run_concurrently(locked_row(account), reset, change_password(account, "by the old one", session))
    account.refresh_from_db()
    if check_password("by the code", account.password):
        assert done == {SUCCESS: 1, ("invalid-password", 401): 1}
    else:  # the code has ended with the old password
        assert check_password("by the old one", account.password)
        assert done == {SUCCESS: 1, ("invalid-reset-code", 401): 1}


@pytest.mark.parametrize("revoked_by", ["its account", "its creator's demotion"])
def test_a_code_that_is_revoked_meanwhile_sets_no_password(revoked_by: str) -> None:
    creator, account = AccountFactory(administrator=True), AccountFactory(username="somebody")
    code = ResetCodeFactory(account=account, secret_code=CODE, created_by=creator)
    reset = partial(reset_codes.reset_account_password, "somebody", "new password", CODE, SOMEBODY)
    revoked = deleted(code) if revoked_by == "its account" else demoted(creator)
    assert run_concurrently(revoked, reset) == {("invalid-reset-code", 401): 1}
    account.refresh_from_db()
    assert check_password(PASSWORD, account.password)
    assert not Event.objects.filter(action=Action.RESET_ACCOUNT_PASSWORD).exists()


@pytest.mark.parametrize("ids", ["ab", "ba"])
def test_a_guess_at_codes_and_their_creator_s_demotion_do_not_deadlock(ids: str) -> None:
    """Both lock several codes, whatever the order in which these were created."""
    creator, account = AccountFactory(administrator=True), AccountFactory(username="somebody")
    codes = [
        ResetCodeFactory(codeid=f"code_{letter * 16}", account=account, created_by=creator, attempts_left=5)
        for letter in ids
    ]
    guess = partial(reset_codes.reset_account_password, "somebody", "new password", CODE[::-1], SOMEBODY)
    demote = partial(roles.force_reset_account_administrator, creator.accountid, Actor.command_line())
    race = ConcurrentOperations(demote), ConcurrentOperations(guess)
    with locked_code(min(codes, key=lambda code: code.codeid)):
        for waiting, operation in enumerate(race, start=1):
            operation.start()
            wait_until_blocked(waiting)
    for operation in race:
        operation.join()
    assert [operation.result() for operation in race] == [{SUCCESS: 1}, {("invalid-reset-code", 401): 1}]
    assert not ResetCode.objects.exists()


# Usernames and passwords


def test_a_username_goes_to_one_of_two_accounts() -> None:
    one, other = AccountFactory(), AccountFactory()
    changes = [change_username(account, "wanted-name") for account in (one, other)]
    assert run_concurrently(no_inserts(), *changes) == {SUCCESS: 1, ("duplicate-username", 409): 1}
    assert Account.objects.with_username("wanted-name").count() == 1


def test_a_username_goes_to_a_new_account_or_to_another() -> None:
    account = AccountFactory(owner=True)
    register = partial(registration.create_account, "wanted-name", PASSWORD, {}, SOMEBODY)
    done = run_concurrently(no_inserts(), change_username(account, "wanted-name"), register)
    assert done == {SUCCESS: 1, ("duplicate-username", 409): 1}
    assert Account.objects.with_username("wanted-name").count() == 1


def test_two_usernames_of_one_account_leave_one_of_them() -> None:
    account = AccountFactory(username="somebody")
    done = run_concurrently(
        locked_row(account), change_username(account, "one-name"), change_username(account, "other-name")
    )
    assert done == {SUCCESS: 2}
    names = ("somebody", "one-name", "other-name")
    assert [Account.objects.with_username(name).exists() for name in names].count(True) == 1


def test_a_password_is_changed_once_by_those_who_know_the_old_one() -> None:
    session = SessionFactory()
    account = session.account
    changes = [change_password(account, f"new password {n}", session) for n in range(4)]
    assert run_concurrently(locked_row(account), *changes) == {SUCCESS: 1, ("invalid-password", 401): 3}
    account.refresh_from_db()
    assert sum(check_password(f"new password {n}", account.password) for n in range(4)) == 1
    assert Event.objects.filter(action="set-account-password").count() == 1


def test_nobody_signs_in_with_the_old_password_and_stays() -> None:
    session = SessionFactory(account=AccountFactory(username="somebody"))
    sign_in = partial(sessions.create_session, "somebody", PASSWORD, "", SOMEBODY)
    change = change_password(session.account, "new password", session)
    done = run_concurrently(locked_row(session.account), sign_in, sign_in, change)
    assert done[SUCCESS] + done.get(("invalid-password", 401), 0) == 3
    assert list(Session.objects.filter(ended_at__isnull=True)) == [session]


# The owner


def owners() -> list[Account]:
    return list(Account.objects.owner())


def transfer(account: Account, caller: Account) -> Callable[[], Any]:
    return partial(roles.set_owner_account, account.accountid, caller, SOMEBODY)


def test_of_two_transfers_by_the_owner_the_second_is_nobody_s() -> None:
    owner, one, other = AccountFactory(owner=True), AccountFactory(), AccountFactory()
    done = run_concurrently(locked_row(owner), transfer(one, owner), transfer(other, owner))
    assert done == {SUCCESS: 1, ("invalid-account", 403): 1}
    assert owners() in ([one], [other])


def test_whoever_becomes_owner_remains_an_administrator() -> None:
    """The owner takes the role from the account that they make owner."""
    owner, other = AccountFactory(owner=True), AccountFactory(administrator=True)
    take = partial(roles.reset_account_administrator, other.accountid, owner, SOMEBODY)
    done = run_concurrently(locked_row(owner), take, transfer(other, owner))
    assert done in ({SUCCESS: 2}, {SUCCESS: 1, ("invalid-account", 403): 1})
    assert owners() == [other]
    assert all(account.administrator_since for account in Account.objects.all())


@pytest.mark.parametrize(
    ("take_away", "refused"),
    [(deletion.delete_account, ("invalid-accountid", 404)), (deletion.set_account_deleted, REFUSED)],
)
def test_there_is_an_owner_where_the_account_that_is_to_be_it_is_deleted(take_away: Any, refused: Any) -> None:
    owner, other = AccountFactory(owner=True), AccountFactory()
    away = partial(take_away, other.accountid, SOMEBODY)
    done = run_concurrently(locked_row(other), transfer(other, owner), away)
    assert done in ({SUCCESS: 2}, {SUCCESS: 1, refused: 1}, {SUCCESS: 1, REFUSED: 1})
    assert len(owners()) == 1


def test_owner_and_administrator_do_not_wait_for_each_other() -> None:
    owner, administrator = AccountFactory(owner=True), AccountFactory(administrator=True)
    as_owner, as_administrator = (Actor(ActorKind.ACCOUNT, it.accountid) for it in (owner, administrator))
    done = run_concurrently(
        locked_row(administrator),
        partial(credentials.reset_session_key, owner.accountid, as_administrator),
        partial(credentials.reset_session_key, administrator.accountid, as_owner),
        partial(roles.reset_account_administrator, administrator.accountid, owner, as_owner),
    )
    refused = done.get(("invalid-account", 403), 0) + done.get(("administrator-required", 403), 0)
    assert (done[SUCCESS], refused) == (2, 1)


def promote(account: Account, *, as_: Account) -> Callable[[], Any]:
    return partial(roles.set_account_administrator, account.accountid, Actor(ActorKind.ACCOUNT, as_.accountid))


def test_of_two_administrators_who_name_an_account_the_first_promotes_it() -> None:
    one, other = AccountFactory.create_batch(2, administrator=True)
    account = AccountFactory()
    done = run_concurrently(locked_row(account), promote(account, as_=one), promote(account, as_=other))
    assert done == {SUCCESS: 1, REFUSED: 1}


@pytest.mark.parametrize("count", [1, 2])
def test_administrators_who_name_themselves_or_each_other_are_refused(count: int) -> None:
    """Each request holds a lock of its own administrator's row, and does not wait for another's."""
    administrators = AccountFactory.create_batch(count, administrator=True)
    one, other = administrators[0], administrators[-1]
    race = ConcurrentOperations(promote(one, as_=other), promote(other, as_=one))
    with shared_rows(*administrators):
        race.start()
        wait_until_blocked_or_done(race)
    race.join()
    assert race.result() == {REFUSED: 2}


def test_an_account_that_others_have_locked_is_waited_for() -> None:
    account, administrator = AccountFactory(), AccountFactory(administrator=True)
    reset = partial(credentials.reset_session_key, account.accountid)
    done = run_concurrently(
        locked_row(account), *[partial(reset, Actor(ActorKind.ACCOUNT, administrator.accountid))] * 3
    )
    assert done == {SUCCESS: 3}
    account.refresh_from_db()
    assert account.session_key_number == 4


def test_a_code_that_is_created_while_its_administrator_is_demoted_does_not_stay() -> None:
    owner, administrator = AccountFactory(owner=True), AccountFactory(administrator=True)
    create = partial(
        reset_codes.create_reset_code,
        AccountFactory().accountid,
        CODE,
        Actor(ActorKind.ACCOUNT, administrator.accountid),
    )
    demote = partial(roles.reset_account_administrator, administrator.accountid, owner, SOMEBODY)
    done = run_concurrently(locked_row(administrator), create, demote)
    assert done in ({SUCCESS: 2}, {SUCCESS: 1, ("administrator-required", 403): 1})
    assert not ResetCode.objects.exists()


@pytest.mark.parametrize("protect", [True, False])
def test_administrator_who_is_demoted_while_waiting_does_nothing(protect: bool, settings: Any) -> None:
    settings.PROTECT_ADMINISTRATORS = protect
    administrator, account = AccountFactory(administrator=True), AccountFactory()
    actor = Actor(ActorKind.ACCOUNT, administrator.accountid)
    operations = [
        partial(reset_codes.create_reset_code, account.accountid, CODE, actor),
        partial(credentials.reset_session_key, account.accountid, actor),
        partial(deletion.set_account_deleted, account.accountid, actor),
    ]
    race = ConcurrentOperations(*operations)
    with demoted(administrator), locked_row(account):  # they wait for the administrator's row, or for the account
        race.start()
        wait_until_blocked(len(operations))
    race.join()
    assert race.result() == {("administrator-required", 403): 3}
    assert not ResetCode.objects.exists()


@pytest.mark.parametrize("protect", [True, False])
@pytest.mark.parametrize("is_first", [True, False])
def test_administrator_who_is_being_demoted_leaves_no_code(
    protect: bool, is_first: bool, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The role is revoked between the check of the role and the insert of the code: the revocation has to wait."""
    settings.PROTECT_ADMINISTRATORS = protect
    one, other = "acct_0000000000000001", "acct_0000000000000002"
    administrator = AccountFactory(accountid=one if is_first else other, administrator=True)
    account = AccountFactory(accountid=other if is_first else one)
    race = ConcurrentOperations(partial(roles.force_reset_account_administrator, administrator.accountid, SOMEBODY))

    def demote(account: Account) -> None:
        race.start()
        wait_until_blocked_or_done(race)

    monkeypatch.setattr(reset_codes, "_make_room", demote)
    reset_codes.create_reset_code(account.accountid, CODE, Actor(ActorKind.ACCOUNT, administrator.accountid))
    race.join()
    assert race.result() == {SUCCESS: 1}
    assert not ResetCode.objects.exists()


@pytest.mark.parametrize("protect", [True, False])
def test_administrators_who_act_on_each_other_do_not_deadlock(protect: bool, settings: Any) -> None:
    settings.PROTECT_ADMINISTRATORS = protect
    one, other = AccountFactory.create_batch(2, administrator=True)
    resets = [
        partial(credentials.reset_session_key, account.accountid, Actor(ActorKind.ACCOUNT, by.accountid))
        for account, by in ((one, other), (other, one))
    ]
    with shared_rows(one, other):
        race = ConcurrentOperations(*resets)
        race.start()
        wait_until_blocked_or_done(race)
    race.join()
    assert race.result() == ({("invalid-account", 403): 2} if protect else {SUCCESS: 2})


@pytest.mark.parametrize("others", [0, CODES_TOGETHER])
def test_a_code_that_is_deleted_while_the_account_is_secured_is_recorded_once(others: int) -> None:
    code = ResetCodeFactory()
    ResetCodeFactory.create_batch(others, account=code.account)
    reset = partial(credentials.reset_session_key, code.account_id, Actor.command_line())
    assert run_concurrently(deleted(code), reset) == {SUCCESS: 1}
    assert not ResetCode.objects.exists()
    deletions = Event.objects.filter(action=Action.DELETE_RESET_CODE)
    assert deletions.filter(targetid=code.codeid).count() == 1
    assert deletions.count() == 1 + others


@contextmanager
def deleted(code: ResetCode) -> Iterator[None]:
    """Delete a code, in a transaction that is committed when the block ends."""
    with transaction_of_test():
        reset_codes.delete_own_reset_code(code.codeid, code.account_id, SOMEBODY)
        yield


@contextmanager
def locked_code(code: ResetCode) -> Iterator[None]:
    with transaction_of_test():
        ResetCode.objects.select_for_update().get(pk=code.pk)
        yield


@contextmanager
def demoted(administrator: Account) -> Iterator[None]:
    """Take the role from an administrator, in a transaction that is committed when the block ends."""
    with transaction_of_test():
        roles.force_reset_account_administrator(administrator.accountid, Actor.command_line())
        yield


# Sessions that end while their requests wait

SECURED: dict[str, Callable[[Account, Session], Any]] = {
    "new password": lambda account, session: credentials.set_account_password(
        account.accountid, "another long password", PASSWORD, session.sessionid, SOMEBODY
    ),
    "new session key": lambda account, session: credentials.reset_session_key(account.accountid, Actor.command_line()),
    "the other sessions ended": lambda account, session: sessions.end_other_sessions(
        account.accountid, session.sessionid, SOMEBODY
    ),
    "deletion scheduled": lambda account, session: deletion.set_account_deleted(
        account.accountid, Actor.command_line()
    ),
}
REQUESTS: dict[str, Callable[[ApiClient, str], Any]] = {
    "create-reset-code": lambda client, accountid: client.post(
        "user/create-reset-code", {"secret-code": CODE}, accountid=accountid
    ),
    "create-profile": lambda client, accountid: client.post("user/create-profile", PROFILE, accountid=accountid),
    "create-second-factor": lambda client, accountid: client.post(
        "user/create-second-factor", {"factor-type": "totp"}, accountid=accountid
    ),
    "end-other-sessions": lambda client, accountid: client.patch("user/end-other-sessions", accountid=accountid),
}


@contextmanager
def secured(account: Account, session: Session, secure: Callable[[Account, Session], Any]) -> Iterator[None]:
    """Secure an account, in a transaction that is committed when the block ends."""
    with transaction_of_test():
        secure(account, session)
        yield


@pytest.mark.parametrize("secure", SECURED.values(), ids=SECURED)
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_what_a_session_asks_for_is_refused_if_it_ends_meanwhile(request_: Any, secure: Any) -> None:
    account = AccountFactory()
    victims, thiefs = SessionFactory.create_batch(2, account=account)
    thief = ApiClient(thiefs)
    assert outcome(thief.get("user/session", sessionid=thiefs.sessionid)) == (200, "")  # its row is cached
    ask = partial(lambda: outcome(request_(thief, account.accountid)))
    assert run_concurrently(secured(account, victims, secure), ask) == {(401, "Sign in required"): 1}
    assert not account.reset_codes.exists()
    assert not account.profiles.filter(full_name=PROFILE["full-name"]).exists()
    assert not account.second_factors.exists()


def test_what_an_administrator_asks_for_is_refused_if_the_session_ends_meanwhile() -> None:
    administrator, other = AccountFactory(administrator=True), AccountFactory()
    victims, thiefs = SessionFactory.create_batch(2, account=administrator)
    thief = ApiClient(thiefs)
    make = partial(lambda: outcome(thief.patch("administrator/set-account-administrator", accountid=other.accountid)))
    done = run_concurrently(secured(administrator, victims, SECURED["new password"]), make)
    assert done == {(401, "Sign in required"): 1}
    other.refresh_from_db()
    assert other.administrator_since is None


# Profiles


def test_the_default_profile_is_there_whoever_makes_deletes_or_sets_it() -> None:
    account = AccountFactory()
    old, other = ProfileFactory(account=account), ProfileFactory(account=account)
    accountid = account.accountid
    done = run_concurrently(
        locked_row(account),
        partial(profiles.create_profile, accountid, PROFILE, SOMEBODY, default=True),
        partial(profiles.create_profile, accountid, PROFILE, SOMEBODY, default=True),
        partial(profiles.set_account_profile, accountid, old.profileid, SOMEBODY),
        partial(profiles.delete_profile, old.profileid, accountid, SOMEBODY),
        partial(profiles.set_account_profile, accountid, other.profileid, SOMEBODY),
        partial(profiles.delete_profile, other.profileid, accountid, SOMEBODY),
    )
    refusals = {SUCCESS, ("invalid-profileid", 404), ("invalid-profile", 409)}
    assert sum(done.values()) == 6
    assert set(done) <= refusals
    account.refresh_from_db()
    assert account.profile in Profile.objects.filter(account=account)


# Deletion


def test_nobody_signs_in_to_an_account_that_is_gone() -> None:
    account = AccountFactory(username="somebody")
    ProfileFactory(account=account)
    sign_in = partial(sessions.create_session, "somebody", PASSWORD, "", SOMEBODY)
    delete = partial(deletion.delete_account, account.accountid, SOMEBODY)
    done = run_concurrently(locked_row(account), sign_in, sign_in, delete, sign_in)
    assert done[SUCCESS] + done.get(("invalid-password", 401), 0) == 4
    assert not Account.objects.exists()
    assert not Session.objects.exists()


def test_of_two_deletions_of_an_account_one_finds_nothing() -> None:
    delete = partial(deletion.delete_account, (account := AccountFactory()).accountid, SOMEBODY)
    assert run_concurrently(locked_row(account), delete, delete) == {SUCCESS: 1, ("invalid-accountid", 404): 1}


def test_nothing_is_left_of_an_account_whatever_is_made_for_it_meanwhile() -> None:
    account = AccountFactory(username="somebody")
    done = run_concurrently(
        locked_row(account),
        partial(deletion.delete_account, account.accountid, SOMEBODY),
        partial(reset_codes.create_reset_code, account.accountid, CODE, SOMEBODY),
        partial(profiles.create_profile, account.accountid, PROFILE, SOMEBODY, default=True),
        partial(credentials.reset_session_key, account.accountid, SOMEBODY),
        partial(sessions.end_other_sessions, account.accountid, "", SOMEBODY),
    )
    assert done[SUCCESS] + done.get(("invalid-accountid", 404), 0) == 5
    for model in (Account, Profile, ResetCode, Session):
        assert not model.objects.exists()


def test_an_account_is_restored_or_deleted() -> None:
    account = AccountFactory(username="somebody", scheduled=True)
    restore = partial(deletion.reset_own_account_deleted, "somebody", PASSWORD, SOMEBODY)
    done = run_concurrently(locked_row(account), restore, partial(deletion.delete_account, account.accountid, SOMEBODY))
    assert done in ({SUCCESS: 2}, {SUCCESS: 1, ("invalid-password", 401): 1})
    assert not Account.objects.exists()


# Everything at once

REQUESTS: list[tuple[str, str, str, dict[str, str]]] = [
    ("user", "PATCH", "user/set-account-username", {"new-username": "anybody{n}", "password": PASSWORD}),
    ("user", "PATCH", "user/set-account-password", {"new-password": PASSWORD, "password": PASSWORD}),
    ("user", "POST", "user/create-profile", {**PROFILE, "default": "true"}),
    ("user", "PATCH", "user/update-profile", PROFILE),
    ("user", "PATCH", "user/set-account-profile", {"profileid": "{profileid}"}),
    ("user", "DELETE", "user/delete-profile", {}),
    ("user", "POST", "user/create-reset-code", {"secret-code": CODE}),
    ("user", "DELETE", "user/delete-reset-code", {}),
    ("user", "PATCH", "user/end-other-sessions", {}),
    ("user", "PATCH", "user/set-session-verified", {"username": "anybody1", "password": PASSWORD}),
    ("user", "GET", "user/sessions", {}),
    ("guest", "PATCH", "user/reset-account-password", {"secret-code": CODE, "new-password": PASSWORD}),
    ("guest", "POST", "user/create-session", {"username": "anybody{n}", "password": PASSWORD}),
    ("guest", "POST", "user/create-account", {"username": "anybody{n}", "password": PASSWORD}),
    ("guest", "PATCH", "user/reset-account-deleted", {"username": "anybody{n}", "password": PASSWORD}),
    ("owner", "PATCH", "administrator/set-account-administrator", {}),
    ("owner", "PATCH", "administrator/reset-account-administrator", {}),
    ("owner", "PATCH", "administrator/set-owner-account", {}),
    ("owner", "PATCH", "administrator/set-account-deleted", {}),
    ("owner", "PATCH", "administrator/reset-account-deleted", {}),
    ("owner", "PATCH", "administrator/reset-session-key", {}),
    ("owner", "PATCH", "administrator/set-session-ended", {}),
    ("owner", "DELETE", "administrator/delete-account", {}),
    ("owner", "GET", "administrator/accounts", {}),
]


class Crossing:
    """Two accounts with all that is theirs, and the owner; every request is about one of them."""

    def __init__(self) -> None:
        self.owner = SessionFactory(account=AccountFactory(owner=True))
        self.accounts = [AccountFactory(username=f"anybody{n}") for n in range(2)]
        self.sessions = [SessionFactory(account=account) for account in self.accounts * 2]
        self.profiles = [ProfileFactory(account=account) for account in self.accounts]
        self.codes = [ResetCodeFactory(account=account, secret_code=CODE) for account in self.accounts]

    def request(self, choice: random.Random) -> int:
        role, method, route, body = choice.choice(REQUESTS)
        n = choice.randrange(2)
        query = {
            "accountid": self.accounts[n].accountid,
            "sessionid": self.sessions[n + 2].sessionid,
            "profileid": self.profiles[n].profileid,
            "codeid": self.codes[n].codeid,
        }
        caller = {"guest": None, "owner": self.owner, "user": self.sessions[n]}[role]
        fields = {name: value.format(n=n, **query) for name, value in body.items()}
        return int(ApiClient(caller).call(method, route, fields, **query).status_code)

    def requests(self, seed: int) -> tuple[bool, ...]:
        choice = random.Random(seed)
        statuses = [self.request(choice) for _ in range(3)]
        last_seen.write()
        return tuple(status < 500 for status in statuses)


@pytest.mark.parametrize("seed", range(0, 80, 8))
def test_no_crossing_of_requests_is_a_fault(seed: int) -> None:
    """Whatever the order, a request succeeds or is refused: no deadlock, no broken rule of the database."""
    crossing = Crossing()
    race = ConcurrentOperations(*[partial(crossing.requests, seed + n) for n in range(8)])
    race.start()
    race.join()
    assert race.result() == {(True, True, True): 8}
    assert len(owners()) == 1
