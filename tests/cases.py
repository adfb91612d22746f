"""The parts of the route tables: a valid request of each route, and the invalid inputs that it refuses.

Each app lists its routes in its own cases.py; tests/api/cases.py joins the lists. To cover a new error code of a route,
add an InvalidInput to its Case, at the place where the view checks it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import dropwhile, groupby
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from accounts.models import Account, SignInClient
from dashboard.core.errors import ErrorCode
from dashboard.core.services import Scope
from dashboard.models import TenantManager
from events.models import Action, Event
from sessions_app.models import Session
from tests.client import ApiClient
from tests.factories import AccountFactory, ServiceCredentialFactory, SessionFactory, service_token

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
    ErrorCode.WAIT_INVALID: (400, "invalid-wait"),
    ErrorCode.ACTION_INVALID: (400, "invalid-action"),
    ErrorCode.READER_NAME: (400, "invalid-reader"),
    ErrorCode.CURSOR_INVALID: (400, "invalid-cursor"),
    ErrorCode.FEED_RESTARTED: (410, "feed-restarted"),
    ErrorCode.FEED_OVERTAKEN: (410, "feed-overtaken"),
    ErrorCode.OFFSET_INVALID: (400, "invalid-offset"),
    ErrorCode.LIMIT_INVALID: (400, "invalid-limit"),
    ErrorCode.ALL_INVALID: (400, "invalid-all"),
    ErrorCode.NOT_OWNED: (403, "invalid-account"),
    ErrorCode.DELETION_SCHEDULED: (409, "invalid-account"),
    ErrorCode.DELETION_ALREADY_SCHEDULED: (409, "invalid-account"),
    ErrorCode.SIGN_IN_DELETION_SCHEDULED: (403, "invalid-account"),
    ErrorCode.NOT_RESTORABLE: (409, "invalid-account"),
    ErrorCode.NOT_OWNER: (403, "invalid-account"),
    ErrorCode.VERIFICATION_REQUIRED: (403, "verification-required"),
    ErrorCode.CONDITION_INVALID: (403, "invalid-condition"),
    ErrorCode.CHECKED_NOT_ADMINISTRATOR: (403, "administrator-required"),
    ErrorCode.CHECKED_NOT_OWNER: (403, "owner-required"),
    ErrorCode.CHECKED_PROOF_TOO_OLD: (403, "verification-required"),
    ErrorCode.ADMINISTRATOR_PROTECTED: (403, "invalid-account"),
    ErrorCode.NOT_ADMINISTRATOR: (409, "invalid-account"),
    ErrorCode.OWNER_UNDELETABLE: (409, "invalid-account"),
    ErrorCode.ALREADY_ADMINISTRATOR: (409, "invalid-account"),
    ErrorCode.ALREADY_OWNER: (409, "invalid-account"),
    ErrorCode.DEFAULT_PROFILE: (409, "invalid-profile"),
    ErrorCode.NOT_CURRENT_SESSION: (403, "invalid-session"),
    ErrorCode.SESSION_ENDED: (409, "invalid-session"),
    ErrorCode.REGISTRATION_DISABLED: (403, "registration-disabled"),
    ErrorCode.USERNAME_MISSING: (400, "invalid-username"),
    ErrorCode.CREDENTIALS_WRONG: (401, "invalid-credentials"),
    ErrorCode.USERNAME_UNKNOWN: (401, "invalid-username"),
    ErrorCode.NAMED_USERNAME_UNKNOWN: (404, "invalid-username"),
    ErrorCode.USERNAME_LENGTH: (400, "invalid-username-length"),
    ErrorCode.USERNAME_NOT_OWN: (401, "invalid-username"),
    ErrorCode.NEW_USERNAME_MISSING: (400, "invalid-new-username"),
    ErrorCode.NEW_USERNAME_LENGTH: (400, "invalid-new-username-length"),
    ErrorCode.USERNAME_CHARACTERS: (400, "invalid-username"),
    ErrorCode.NEW_USERNAME_CHARACTERS: (400, "invalid-new-username"),
    ErrorCode.PASSWORD_WEAK: (400, "weak-password"),
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
    ErrorCode.SECRET_CODE_TRIVIAL: (400, "invalid-secret-code"),
    ErrorCode.TOO_MANY_RESET_CODES: (409, "too-many-reset-codes"),
    ErrorCode.RESET_CODE_WRONG: (401, "invalid-reset-code"),
    ErrorCode.FACTORID_MISSING: (400, "invalid-factorid"),
    ErrorCode.FACTORID_UNKNOWN: (404, "invalid-factorid"),
    ErrorCode.SECOND_FACTOR_REQUIRED: (401, "second-factor-required"),
    ErrorCode.CHALLENGE_MISSING: (400, "invalid-challenge"),
    ErrorCode.CHALLENGE_WRONG: (401, "invalid-challenge"),
    ErrorCode.SECOND_FACTOR_CODE_MISSING: (400, "invalid-code"),
    ErrorCode.SECOND_FACTOR_WRONG: (401, "invalid-code"),
    ErrorCode.FACTOR_TYPE: (400, "invalid-factor-type"),
    ErrorCode.FACTOR_NAME: (400, "invalid-name"),
    ErrorCode.FACTOR_NOT_PENDING: (409, "invalid-factor"),
    ErrorCode.TOO_MANY_SECOND_FACTORS: (409, "too-many-second-factors"),
    ErrorCode.NO_SECOND_FACTOR: (409, "invalid-account"),
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


class RequestContext:
    """A caller, the account that its request concerns, and the request itself.

    The account is the caller's own where the role is "user".
    """

    def __init__(self, role: str) -> None:
        self.account = AccountFactory(username=USERNAME)
        self.caller = caller(role, self.account)
        self.query: dict[str, Any] = {}
        self.body: dict[str, Any] = {}
        self.send: Callable[[], Any]

    def update(self, **fields: Any) -> None:
        Account.objects.filter(pk=self.account.pk).update(**fields)


def caller(role: str, account: Account) -> ApiClient:
    """Return a client of this role: "guest", "user" (of this account), "administrator", "owner" or "service".

    A service has every scope, and calls as itself.
    """
    if role == "guest":
        return ApiClient()
    if role == "service":
        return service_client(*Scope)
    return ApiClient(SessionFactory(account=account if role == "user" else AccountFactory(**{role: True})))


def service_client(*scopes: str, **fields: Any) -> ApiClient:
    """Return a client with a new credential of these scopes."""
    credential = ServiceCredentialFactory(scopes=" ".join(scopes), **fields)
    return ApiClient(service_token=service_token(credential))


Value = str | list[str] | None | Callable[[RequestContext], str | list[str]]


def nothing(context: RequestContext) -> None:
    """No preparation."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a request.

    A value may be a function of the context. None leaves the name out.
    """

    query: Mapping[str, Value] = field(default_factory=dict)
    body: Mapping[str, Value] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[RequestContext], None] = nothing


@dataclass(frozen=True)
class InvalidInput(Part):
    """An input with which a request is refused, alone or together with any inputs that are checked later."""

    error_code: ErrorCode


@dataclass(frozen=True)
class Case(Part):
    """A route, a valid request, and the invalid inputs in the order in which the view checks them.

    `caller` is the least role that the request needs; see the function `caller`.
    """

    method: str
    route: str
    caller: str
    invalid_inputs: tuple[InvalidInput, ...] = ()
    success: tuple[int, str] = (200, "")

    def context(self, settings: Any, *invalid_inputs: InvalidInput) -> RequestContext:
        """Prepare the request with these inputs; where they contradict each other, the first one counts.

        `settings` is pytest-django's fixture or the settings of isolated().
        """
        parts = (self, *reversed(invalid_inputs))
        for name, value in _merged(part.settings for part in parts).items():
            setattr(settings, name, value)
        context = RequestContext(self.caller)
        for part in parts:
            part.prepare(context)
        context.query = _made(context, _merged(part.query for part in parts))
        context.body = _made(context, _merged(part.body for part in parts))
        context.send = lambda: context.caller.call(self.method, self.route, context.body, **context.query)
        return context

    @property
    def is_proof(self) -> bool:
        """Whether the request carries a username, a password or a second factor to verify."""
        return not {"username", "password", "challenge"}.isdisjoint(self.body)

    def checked_after(self, invalid: InvalidInput) -> tuple[InvalidInput, ...]:
        """Return the inputs of the error codes that are checked after this one's."""
        later = self.invalid_inputs[self.invalid_inputs.index(invalid) :]
        return tuple(dropwhile(lambda other: other.error_code is invalid.error_code, later))

    def by_error_code(self) -> list[list[InvalidInput]]:
        """Group the invalid inputs that follow each other with the same error code."""
        return [list(inputs) for _, inputs in groupby(self.invalid_inputs, lambda invalid: invalid.error_code)]


def _merged(mappings: Iterator[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: value for mapping in mappings for name, value in mapping.items()}


def _made(context: RequestContext, values: Mapping[str, Value]) -> dict[str, Any]:
    made = {name: value(context) if callable(value) else value for name, value in values.items()}
    return {name: value for name, value in made.items() if value is not None}


def each_case(cases: Iterable[Case]) -> pytest.MarkDecorator:
    """Make one test of each route, named after it."""
    return pytest.mark.parametrize("case", [*cases], ids=lambda case: case.route)


def apart_from_guesses(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Leave out what a failed sign-in records, or one that is asked for a second step: its event and the counter."""
    recorded = (Action.REFUSE_SIGN_IN, Action.START_SECOND_STEP)
    events = [row for row in rows["Event"] if row["action"] not in recorded]
    accounts = [row | {"failed_sign_ins": 0} for row in rows["Account"]]
    return rows | {"Event": events, "Account": accounts}


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return every row of every APPID, by the name of its model.

    The events of refused access are left out: a request that is refused for it has changed nothing else. See
    tests/events/test_bursts.py.
    """
    models = [model for model in apps.get_models() if isinstance(model._default_manager, TenantManager)]
    with connection.cursor() as cursor:
        rows = {model.__name__: _rows(cursor, model) for model in models}
    events = [event for event in rows["Event"] if event["action"] != Action.REFUSE_ACCESS]
    return {**rows, "Event": events, "ServiceCredential": apart_from_use(rows["ServiceCredential"])}


def apart_from_use(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out when a credential was used: it was, whatever became of the request."""
    return [{name: value for name, value in row.items() if name != "last_used_at"} for row in rows]


def _rows(cursor: Any, model: type[Model]) -> list[dict[str, Any]]:
    cursor.execute(f"SELECT * FROM {model._meta.db_table} ORDER BY {model._meta.pk.column}")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def schedule(context: RequestContext) -> None:
    context.update(deleted_at=timezone.now() + timedelta(days=1))


def make_administrator(context: RequestContext) -> None:
    context.update(administrator_since=timezone.now())


def verify_long_ago(context: RequestContext) -> None:
    """The caller's password was verified too long ago."""
    assert context.caller.session
    long_ago = timezone.now() - timedelta(seconds=settings.SESSION_VERIFICATION_DELAY + 1)
    Session.objects.filter(pk=context.caller.session.pk).update(last_verified_at=long_ago)


CONCEALED = tuple(
    InvalidInput(ErrorCode.CREDENTIALS_WRONG, body=body, settings={"HIDE_ACCOUNT_EXISTENCE": True})
    for body in ({"username": "nobody-has-it"}, {"password": "not the password"})
)
STALE = InvalidInput(ErrorCode.VERIFICATION_REQUIRED, prepare=verify_long_ago)
PROTECTED = InvalidInput(
    ErrorCode.ADMINISTRATOR_PROTECTED, prepare=make_administrator, settings={"PROTECT_ADMINISTRATORS": True}
)


def lock(context: RequestContext) -> None:
    """Lock the account out of signing in, as too many wrong passwords do."""
    context.update(locked_until=timezone.now() + timedelta(minutes=1))


def lock_codes(context: RequestContext) -> None:
    """Lock the network of the request out of using reset codes, as too many wrong ones do."""
    until = timezone.now() + timedelta(minutes=1)
    for network in ("127.0.0.1/32", "203.0.113.7/32"):
        name = f"codes from network {network}"
        SignInClient.objects.create(account=context.account, client=name, failed_sign_ins=10, locked_until=until)


def guess_in_session(context: RequestContext) -> None:
    """Use up the wrong passwords that a session may try in an hour."""
    fields = {
        "accountid": context.account.accountid,
        "actor_accountid": context.account.accountid,
        "targetid": context.caller.session.sessionid,
    }
    for _ in range(settings.MAXIMUM_FAILED_SIGN_INS):
        Event.objects.create(action=Action.REFUSE_SIGN_IN, refusal="invalid-password", **fields)


def missing(error_code: ErrorCode, name: str) -> tuple[InvalidInput, ...]:
    """Return the inputs of an id that is left out or empty."""
    return InvalidInput(error_code, query={name: None}), InvalidInput(error_code, query={name: ""})


def unknown(error_code: ErrorCode, name: str, good: Callable[[RequestContext], str]) -> tuple[InvalidInput, ...]:
    """Return the inputs of an id in the query that matches no row; `good` makes an id that matches one."""
    values = (*names_nothing(good), lambda context: [good(context)] * 2)
    return tuple(InvalidInput(error_code, query={name: value}) for value in values)


def names_nothing(good: Callable[[RequestContext], str]) -> tuple[Value, ...]:
    """Return a few ids that match no row. tests/api/conventions/test_ids.py tries every form on some routes."""
    return lambda context: f"{good(context)[:4]}_0123456789abcdef", "%", lambda context: good(context).upper()


def not_given(error_code: ErrorCode, name: str) -> tuple[InvalidInput, ...]:
    """Return the inputs of a field that is read as missing."""
    values: tuple[Value, ...] = (None, "", "a nul \0 in it", ["one-of-two", "two-of-two"])
    return tuple(InvalidInput(error_code, body={name: value}) for value in values)


def paging(error_code: ErrorCode, good: Callable[[RequestContext], str]) -> tuple[InvalidInput, ...]:
    """Return the inputs of a page of a list; `good` makes the id of a row of the list."""
    return (
        *(InvalidInput(ErrorCode.OFFSET_INVALID, query={"offset": value}) for value in ("-1", "2147483648")),
        *(InvalidInput(ErrorCode.LIMIT_INVALID, query={"limit": value}) for value in ("0", "1001")),
        *(InvalidInput(ErrorCode.ALL_INVALID, query={"all": value}) for value in ("", "TRUE")),
        *unknown(error_code, "after", good),
    )
