"""Tables of refusals: how the request of a route is made well, and every way in which it is refused, in order.

Each app has a table of its routes in its cases.py. For a new refusal, add a Fault to its route, where it is checked.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import dropwhile
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from accounts.models import Account
from accounts.services.lockout import RECORDED_CODES
from dashboard.core.errors import ErrorCode
from dashboard.models import TenantManager
from events.models import Action, Event
from tests.client import ApiClient, outcome
from tests.factories import AccountFactory, SessionFactory
from tests.rows import Test, in_one_test

USERNAME = "the-username"

CONTRACT = {
    ErrorCode.ACCOUNTID_MISSING: (400, "invalid-accountid"),
    ErrorCode.ACCOUNTID_UNKNOWN: (404, "invalid-accountid"),
    ErrorCode.SESSIONID_MISSING: (400, "invalid-sessionid"),
    ErrorCode.SESSIONID_UNKNOWN: (404, "invalid-sessionid"),
    ErrorCode.PROFILEID_MISSING: (400, "invalid-profileid"),
    ErrorCode.PROFILEID_UNKNOWN: (404, "invalid-profileid"),
    ErrorCode.CODEID_MISSING: (400, "invalid-reset-codeid"),
    ErrorCode.CODEID_UNKNOWN: (404, "invalid-reset-codeid"),
    ErrorCode.EVENTID_UNKNOWN: (404, "invalid-eventid"),
    ErrorCode.OFFSET_INVALID: (400, "invalid-offset"),
    ErrorCode.LIMIT_INVALID: (400, "invalid-limit"),
    ErrorCode.ALL_INVALID: (400, "invalid-all"),
    ErrorCode.NOT_OWNED: (403, "invalid-account"),
    ErrorCode.DELETION_SCHEDULED: (409, "invalid-account"),
    ErrorCode.DELETION_ALREADY_SCHEDULED: (409, "invalid-account"),
    ErrorCode.SIGN_IN_DELETION_SCHEDULED: (403, "invalid-account"),
    ErrorCode.NOT_RESTORABLE: (409, "invalid-account"),
    ErrorCode.NOT_OWNER: (403, "invalid-account"),
    ErrorCode.NOT_ADMINISTRATOR: (409, "invalid-account"),
    ErrorCode.OWNER_UNDELETABLE: (409, "invalid-account"),
    ErrorCode.ALREADY_ADMINISTRATOR: (409, "invalid-account"),
    ErrorCode.ALREADY_OWNER: (409, "invalid-account"),
    ErrorCode.DEFAULT_PROFILE: (409, "invalid-profile"),
    ErrorCode.NOT_CURRENT_SESSION: (403, "invalid-session"),
    ErrorCode.SESSION_ENDED: (409, "invalid-session"),
    ErrorCode.REGISTRATION_DISABLED: (403, "registration-disabled"),
    ErrorCode.USERNAME_MISSING: (400, "invalid-username"),
    ErrorCode.USERNAME_UNKNOWN: (401, "invalid-username"),
    ErrorCode.USERNAME_LENGTH: (400, "invalid-username-length"),
    ErrorCode.USERNAME_NOT_OWN: (401, "invalid-username"),
    ErrorCode.NEW_USERNAME_MISSING: (400, "invalid-new-username"),
    ErrorCode.NEW_USERNAME_LENGTH: (400, "invalid-new-username-length"),
    ErrorCode.USERNAME_TAKEN: (409, "duplicate-username"),
    ErrorCode.PASSWORD_MISSING: (400, "invalid-password"),
    ErrorCode.RESET_PASSWORD_MISSING: (400, "invalid-password"),
    ErrorCode.NEW_PASSWORD_MISSING: (400, "invalid-new-password"),
    ErrorCode.NEW_PASSWORD_LENGTH: (400, "invalid-new-password-length"),
    ErrorCode.PASSWORD_WRONG: (401, "invalid-password"),
    ErrorCode.ACCOUNT_LOCKED: (429, "account-locked"),
    ErrorCode.PASSWORD_LENGTH: (400, "invalid-password-length"),
    ErrorCode.SECRET_CODE_MISSING: (400, "invalid-secret-code"),
    ErrorCode.SECRET_CODE_INVALID: (400, "invalid-secret-code"),
    ErrorCode.SECRET_CODE_LENGTH: (400, "invalid-secret-code-length"),
    ErrorCode.RESET_CODE_WRONG: (401, "invalid-reset-code"),
    ErrorCode.METRIC_KEYS_MISSING: (400, "invalid-keys"),
    ErrorCode.METRIC_KEY_INVALID: (400, "invalid-key"),
    ErrorCode.FULL_NAME: (400, "invalid-full-name"),
    ErrorCode.FULL_NAME_LENGTH: (400, "invalid-full-name-length"),
    ErrorCode.DISPLAY_NAME: (400, "invalid-display-name"),
    ErrorCode.DISPLAY_NAME_LENGTH: (400, "invalid-display-name-length"),
    ErrorCode.COMPANY_NAME: (400, "invalid-company-name"),
    ErrorCode.COMPANY_NAME_LENGTH: (400, "invalid-company-name-length"),
    ErrorCode.CONTACT_EMAIL: (400, "invalid-contact-email"),
    ErrorCode.DISPLAY_EMAIL: (400, "invalid-display-email"),
    ErrorCode.DOB: (400, "invalid-dob"),
    ErrorCode.PHONE: (400, "invalid-phone"),
    ErrorCode.OCCUPATION: (400, "invalid-occupation"),
    ErrorCode.LOCATION: (400, "invalid-location"),
    ErrorCode.WEBSITE: (400, "invalid-website"),
}


class Scene:
    """A caller about to make a request, and the account that it is about: the user's own, or else somebody's."""

    def __init__(self, role: str) -> None:
        self.account = AccountFactory(username=USERNAME)
        self.caller = caller(role, self.account)
        self.query: dict[str, Any] = {}
        self.body: dict[str, Any] = {}
        self.send: Callable[[], Any]

    def update(self, **fields: Any) -> None:
        Account.objects.filter(pk=self.account.pk).update(**fields)


def caller(role: str, account: Account) -> ApiClient:
    """Nobody, this account, an administrator, or the owner."""
    if role == "guest":
        return ApiClient()
    return ApiClient(SessionFactory(account=account if role == "user" else AccountFactory(**{role: True})))


Value = str | list[str] | None | Callable[[Scene], str | list[str]]


def nothing(scene: Scene) -> None:
    """No preparation."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Part of a request. A value may be made from the scene; None leaves the name out."""

    query: Mapping[str, Value] = field(default_factory=dict)
    body: Mapping[str, Value] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[Scene], None] = nothing


@dataclass(frozen=True)
class Fault(Part):
    """What makes a request refused, alone or with any faults that are checked later."""

    refusal: ErrorCode


@dataclass(frozen=True)
class Case(Part):
    """A route, the request that it accepts, and its faults in the order in which they are checked.

    `caller` is a role of `caller`: the least that the request needs.
    """

    method: str
    route: str
    caller: str
    faults: tuple[Fault, ...] = ()

    def scene(self, settings: Any, *faults: Fault) -> Scene:
        """The scene of the request with these faults; where they contradict each other, the first counts."""
        parts = (self, *reversed(faults))
        for name, value in _merged(part.settings for part in parts).items():
            setattr(settings, name, value)
        scene = Scene(self.caller)
        for part in parts:
            part.prepare(scene)
        scene.query = _made(scene, _merged(part.query for part in parts))
        scene.body = _made(scene, _merged(part.body for part in parts))
        scene.send = lambda: scene.caller.call(self.method, self.route, scene.body, **scene.query)
        return scene

    @property
    def is_proof(self) -> bool:
        """Whether the request has to prove who somebody is."""
        return "username" in self.body or "password" in self.body

    def after(self, fault: Fault) -> tuple[Fault, ...]:
        """The faults that are checked later than this one's refusal."""
        later = self.faults[self.faults.index(fault) :]
        return tuple(dropwhile(lambda other: other.refusal is fault.refusal, later))


def _merged(mappings: Iterator[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: value for mapping in mappings for name, value in mapping.items()}


def _made(scene: Scene, values: Mapping[str, Value]) -> dict[str, Any]:
    made = {name: value(scene) if callable(value) else value for name, value in values.items()}
    return {name: value for name, value in made.items() if value is not None}


def each_fault(cases: tuple[Case, ...]) -> Callable[[Test], Test]:
    """Check every fault of every route in one test."""
    return in_one_test(
        (f"{case.route} {fault.refusal.name}", {"case": case, "fault": fault})
        for case in cases
        for fault in case.faults
    )


def each_case(cases: tuple[Case, ...]) -> Callable[[Test], Test]:
    """Check every route in one test."""
    return in_one_test((case.route, {"case": case}) for case in cases)


def assert_refused_first(case: Case, fault: Fault, settings: Any) -> None:
    """A request with this fault and all that are checked later is refused for this one, and nothing changes."""
    scene = case.scene(settings, fault, *case.after(fault))
    before = everything()
    response = scene.send()
    assert outcome(response) == CONTRACT[fault.refusal]
    assert response.json() == {
        "object": "error",
        "message": CONTRACT[fault.refusal][1],
        "detail": fault.refusal.detail,
    }
    after = everything()
    if fault.refusal in RECORDED_CODES and case.is_proof:  # tests/accounts/test_guesses.py is about that
        before, after = apart_from_guesses(before), apart_from_guesses(after)
    assert after == before


def apart_from_guesses(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Without what it leaves behind that somebody was not let in."""
    events = [row for row in rows["Event"] if row["action"] != Action.REFUSE_SIGN_IN]
    accounts = [row | {"failed_sign_ins": 0} for row in rows["Account"]]
    return rows | {"Event": events, "Account": accounts}


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every APPID, as the database has it."""
    models = [model for model in apps.get_models() if isinstance(model._default_manager, TenantManager)]
    with connection.cursor() as cursor:
        return {model.__name__: _rows(cursor, model) for model in models}


def _rows(cursor: Any, model: type[Model]) -> list[dict[str, Any]]:
    cursor.execute(f"SELECT * FROM {model._meta.db_table} ORDER BY {model._meta.pk.column}")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def schedule(scene: Scene) -> None:
    scene.update(deleted_at=timezone.now() + timedelta(days=1))


def lock(scene: Scene) -> None:
    """Against those who are not signed in, as wrong passwords do."""
    scene.update(locked_until=timezone.now() + timedelta(minutes=1))


def guess_in_session(scene: Scene) -> None:
    """The last guess was just allowed, of those that a session's owner may make in an hour."""
    fields = {"accountid": scene.account.accountid, "actor_accountid": scene.account.accountid}
    for _ in range(settings.MAXIMUM_FAILED_SIGN_INS):
        Event.objects.create(action=Action.REFUSE_SIGN_IN, refusal="invalid-password", **fields)


def missing(refusal: ErrorCode, name: str) -> tuple[Fault, ...]:
    """Faults of an id: not there, or empty."""
    return Fault(refusal, query={name: None}), Fault(refusal, query={name: ""})


def unknown(refusal: ErrorCode, name: str, good: Callable[[Scene], str]) -> tuple[Fault, ...]:
    """Faults of an id in the query that names nothing; `good` makes one that names something."""
    values = (*names_nothing(good), lambda scene: [good(scene)] * 2)
    return tuple(Fault(refusal, query={name: value}) for value in values)


def names_nothing(good: Callable[[Scene], str]) -> tuple[Value, ...]:
    """Every form of them is tried on some routes in conventions/test_ids.py."""
    return lambda scene: f"{good(scene)[:4]}_0123456789abcdef", "%", lambda scene: good(scene).upper()


def not_given(refusal: ErrorCode, name: str) -> tuple[Fault, ...]:
    """Faults of a field that reads as missing."""
    values: tuple[Value, ...] = (None, "", "a nul \0 in it", ["one-of-two", "two-of-two"])
    return tuple(Fault(refusal, body={name: value}) for value in values)


def paging(refusal: ErrorCode, good: Callable[[Scene], str]) -> tuple[Fault, ...]:
    """Faults of the page of a list; `good` makes the id of a row that the list has."""
    return (
        *(Fault(ErrorCode.OFFSET_INVALID, query={"offset": value}) for value in ("-1", "2147483648")),
        *(Fault(ErrorCode.LIMIT_INVALID, query={"limit": value}) for value in ("0", "1001")),
        *(Fault(ErrorCode.ALL_INVALID, query={"all": value}) for value in ("", "TRUE")),
        *unknown(refusal, "after", good),
    )
