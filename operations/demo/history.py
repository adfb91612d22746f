"""Histories of generated accounts: rows as consistent with each other as those that the services write."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from django.conf import settings
from django.db.models import Model

from accounts.models import Account, Profile
from accounts.services.lockout import MIN_LOCK
from dashboard.core.actor import ActorKind
from dashboard.core.crypto import hashing
from dashboard.core.errors import ErrorCode
from dashboard.db.bulk import Value
from events.models import Action, Event
from operations.demo import people
from operations.demo.lives import Ending, Life
from operations.demo.people import Device, Person
from operations.demo.timestamps import DAY, SECOND, Timestamp, as_text, day
from resetcodes.models import ResetCode
from sessions_app.models import Session
from sessions_app.services.new_sessions import DEFAULT_SECONDS, SECONDS_BY_REMEMBER

Row = tuple[Value, ...]
NotEnded = tuple[None, str, str, str]
By = tuple[str, str, str, str]  # an event's actor_kind, actor_accountid, ip_address, user_agent

NOT_ENDED: NotEnded = (None, "", "", "")
HISTORY = 540 * DAY
ADMINISTRATORS = 1 / 500  # share of accounts, as those below
SCHEDULED = 1 / 100
KEY_RESET = 1 / 100
CODE_USED = 1 / 50
CODE_OPEN = 1 / 100
PASSWORD_CHANGED = 1 / 25
SECOND_PROFILE = 1 / 20
ENDED_BY_REQUEST = 1 / 4
MISTYPED = 1 / 12  # share of sign-ins that follow a wrong password
UNKNOWN_NAME = 1 / 30  # wrong usernames per account
GUESSED_AT = 1 / 500
GUESSES = 15
LOCKED = int(MIN_LOCK * 2**5 / timedelta(milliseconds=1))  # the lockout after GUESSES, if ten are allowed
DURATIONS = (
    DEFAULT_SECONDS,
    DEFAULT_SECONDS,
    DEFAULT_SECONDS,
    SECONDS_BY_REMEMBER["hours"],
    SECONDS_BY_REMEMBER["days"],
)

COLUMNS: dict[type[Model], tuple[str, ...]] = {
    Account: (
        *("accountid", "appid", "profile", "username_hash", "password", "session_key", "session_key_number"),
        *("session_key_last_reset_at", "last_signed_in_at", "administrator_since", "password_last_changed_at"),
        *("reset_code_last_created_at", "reset_code_last_used_at", "deleted_at", "failed_sign_ins", "locked_until"),
        *("created_at", "updated_at"),
    ),
    Profile: (
        *("profileid", "appid", "account", "full_name", "contact_email", "display_name", "display_email", "dob"),
        *("phone", "occupation", "location", "company_name", "website", "created_at", "updated_at"),
    ),
    Session: (
        *("sessionid", "appid", "account", "token_hash", "csrf_token", "session_key_number", "duration"),
        *("expires_at", "last_verified_at", "ended_at", "ended_by_action", "ended_by_kind", "ended_by_accountid"),
        *("ip_address", "user_agent", "last_seen_at", "created_at", "updated_at"),
    ),
    ResetCode: ("codeid", "appid", "account", "secret_code_hash", "created_at", "updated_at"),
    Event: (
        *("appid", "action", "accountid", "targetid", "actor_kind", "actor_accountid"),
        *("ip_address", "user_agent", "created_at", "refusal"),
    ),
}


def by_guest(device: Device) -> By:
    return ActorKind.ANYBODY, "", *device


def by_account(accountid: str, device: Device) -> By:
    return ActorKind.ACCOUNT, accountid, *device


@dataclass
class History:
    """Generates accounts. The caller writes the rows that accumulate in `rows`, and removes them."""

    now: Timestamp
    accounts: int
    password: str  # the hash of the password of all accounts
    ownerid: str
    rows: dict[type[Model], list[Row]] = field(default_factory=lambda: {model: [] for model in COLUMNS})
    rng: Random = field(default_factory=Random)  # seeded anew with the number of each account
    seen_later: Counter[date] = field(default_factory=Counter)

    def add(self, index: int, number: int, sessions: int) -> None:
        """Generate an account and its sessions. Index 0 is the oldest account; `number` identifies its person."""
        self.rng.seed(number)
        person = people.person(number, self.rng)
        accountid, profileid = self._id("acct"), self._id("prof")
        life = self._life(index)
        self._event(life.created, Action.CREATE_ACCOUNT, accountid, by_account(accountid, person.devices[0]))
        self._add_profiles(accountid, profileid, person, life)
        endings = life.endings(accountid, self.ownerid)
        signed_in = [self._add_session(accountid, person, life, endings) for _ in range(sessions)]
        self._add_operations(accountid, person, life)
        self._add_account(accountid, profileid, person, life, max(signed_in, default=None))

    def _life(self, index: int) -> Life:
        """Generate the times of an account. Registrations became more frequent over time."""
        rng, now = self.rng, self.now
        life = Life(now - HISTORY + int(HISTORY * ((index + rng.random()) / self.accounts) ** 0.6))
        if rng.random() < ADMINISTRATORS or index == 0:
            life.administrator = self._between(life.created, now)
            return life
        if rng.random() < SCHEDULED:  # one in ten is due already
            life.scheduled = max(life.created, now - int(settings.DELETE_DELAY * DAY * rng.random() / 0.9))
        life.key_reset = self._perhaps(KEY_RESET, life)
        life.password_changed = self._perhaps(PASSWORD_CHANGED, life)
        life.code_open = self._perhaps(CODE_OPEN, life)
        life.code_used = self._perhaps(CODE_USED, life)
        if rng.random() < GUESSED_AT and life.scheduled is None:
            life.locked = now + int(LOCKED * rng.random())
        if life.code_used is not None:
            life.code_made, life.key_reset = self._between(life.created, life.code_used), life.code_used
        return life

    def _perhaps(self, share: float, life: Life) -> Timestamp | None:
        return self._between(life.created, life.end(self.now)) if self.rng.random() < share else None

    def _add_profiles(self, accountid: str, profileid: str, person: Person, life: Life) -> None:
        self._add_profile(accountid, profileid, person, life.created)
        if self.rng.random() < SECOND_PROFILE:
            created, another = self._between(life.created, life.end(self.now)), self._id("prof")
            self._add_profile(accountid, another, person, created)
            self._event(created, Action.CREATE_PROFILE, accountid, by_account(accountid, self._device(person)), another)

    def _add_profile(self, accountid: str, profileid: str, person: Person, created: Timestamp) -> None:
        rng, when = self.rng, as_text(created)
        works = rng.random() < 0.3
        self.rows[Profile].append(
            (
                *(profileid, settings.APPID, accountid, person.full_name, person.email),
                *(person.full_name.split()[0], person.email if works else ""),
                str(day(rng.randrange(-9000, 14_000))) if rng.random() < 0.4 else None,  # 1945 to 2008
                f"+1 555 01{rng.randrange(100):02}" if rng.random() < 0.2 else "",  # numbers reserved for fiction
                rng.choice(people.OCCUPATIONS) if works else "",
                rng.choice(people.PLACES) if rng.random() < 0.5 else "",
                f"{person.full_name.split()[-1]} & {rng.choice(people.FAMILY_NAMES)}" if works else "",
                f"https://{person.email.replace('@', '.')}" if works else "",
                *(when, when),
            )
        )

    def _add_session(self, accountid: str, person: Person, life: Life, endings: list[Ending]) -> Timestamp:
        """Add a session and return the time of its sign-in."""
        rng, end = self.rng, life.end(self.now)
        created = end - int((end - life.created) * rng.random() ** 1.5)
        duration = rng.choice(DURATIONS)
        expires = created + duration * SECOND
        ended, *by = self._ended(accountid, created, expires, endings)
        sessionid, device, when = self._id("sess"), self._device(person), as_text(created)
        last = min(ended or expires, self.now)
        seen = created + int((last - created) * rng.random())
        key_number = 2 if life.key_reset is not None and created >= life.key_reset else 1
        self.rows[Session].append(
            (
                *(sessionid, settings.APPID, accountid),
                *(f"{rng.getrandbits(512):0128x}", f"{rng.getrandbits(512):0128x}", key_number, duration),
                *(as_text(expires), when, as_text(ended), *by, *device, as_text(seen), when, as_text(ended) or when),
            )
        )
        self._add_sign_in(accountid, sessionid, device, life.created, created)
        if ended and by[0] == Action.SET_SESSION_ENDED:
            self._event(ended, Action.SET_SESSION_ENDED, accountid, by_account(accountid, device), sessionid)
        if seen // DAY > created // DAY:
            self.seen_later[day(seen // DAY)] += 1
        return created

    def _add_sign_in(
        self, accountid: str, sessionid: str, device: Device, registered: Timestamp, created: Timestamp
    ) -> None:
        """Add the event of a sign-in, and that of a wrong password before it for some."""
        self._event(created, Action.CREATE_SESSION, accountid, by_account(accountid, device), sessionid)
        if self.rng.random() < MISTYPED:
            mistyped = created - self.rng.randrange(3 * SECOND, 60 * SECOND)
            self._refuse(max(registered, mistyped), accountid, device)

    def _ended(
        self, accountid: str, created: Timestamp, expires: Timestamp, endings: list[Ending]
    ) -> Ending | NotEnded:
        """Return what ended a session first: a sign-out, or an operation that ended all sessions of the account."""
        ends = [ending for ending in endings if created <= ending[0] < expires]
        if self.rng.random() < ENDED_BY_REQUEST:
            moment = created + int((expires - created) * self.rng.random())
            if moment <= self.now:
                ends.append((moment, Action.SET_SESSION_ENDED, ActorKind.ACCOUNT, accountid))
        return min(ends, default=NOT_ENDED)

    def _add_operations(self, accountid: str, person: Person, life: Life) -> None:
        own = by_account(accountid, self._device(person))
        owner = by_account(self.ownerid, people.device(self.rng))
        for moment, action, by in (
            (life.scheduled, Action.SET_ACCOUNT_DELETED, own),
            (life.password_changed, Action.SET_ACCOUNT_PASSWORD, own),
            (life.key_reset if life.code_used is None else None, Action.RESET_SESSION_KEY, owner),
            (life.administrator, Action.SET_ACCOUNT_ADMINISTRATOR, owner),
        ):
            if moment is not None:
                self._event(moment, action, accountid, by)
        if life.code_made is not None and life.code_used is not None:
            codeid, person_again = self._id("code"), by_account(accountid, self._device(person))
            self._event(life.code_made, Action.CREATE_RESET_CODE, accountid, own, codeid)
            self._event(life.code_used, Action.RESET_ACCOUNT_PASSWORD, accountid, person_again, codeid)
        if life.code_open is not None:
            self._add_code(accountid, life.code_open, own)
        if life.locked is not None:
            self._add_guesses(accountid, life.locked - LOCKED)
        if self.rng.random() < UNKNOWN_NAME:
            unknown = self._between(life.created, self.now)
            self._refuse(unknown, "", people.device(self.rng), ErrorCode.USERNAME_UNKNOWN)

    def _add_guesses(self, accountid: str, last: Timestamp) -> None:
        stranger = people.device(self.rng)
        for seconds in range(GUESSES):
            self._refuse(last - seconds * SECOND, accountid, stranger)

    def _add_code(self, accountid: str, created: Timestamp, by: By) -> None:
        codeid, when = self._id("code"), as_text(created)
        secret_hash = f"{self.rng.getrandbits(512):0128x}"
        self.rows[ResetCode].append((codeid, settings.APPID, accountid, secret_hash, when, when))
        self._event(created, Action.CREATE_RESET_CODE, accountid, by, codeid)

    def _add_account(
        self, accountid: str, profileid: str, person: Person, life: Life, signed_in: Timestamp | None
    ) -> None:
        due = life.scheduled + settings.DELETE_DELAY * DAY if life.scheduled is not None else None
        changed = max((moment for moment in (life.code_used, life.password_changed) if moment), default=None)
        coded = max((moment for moment in (life.code_made, life.code_open) if moment), default=None)
        updated = max(
            moment
            for moment in (life.created, life.scheduled, life.key_reset, changed, coded, signed_in, life.administrator)
            if moment
        )
        self.rows[Account].append(
            (
                *(accountid, settings.APPID, profileid, hashing.text_hashes(person.username)[0], self.password),
                *(f"{self.rng.getrandbits(256):064x}", 1 if life.key_reset is None else 2),
                *(as_text(life.key_reset), as_text(signed_in), as_text(life.administrator), as_text(changed)),
                *(as_text(coded), as_text(life.code_used), as_text(due)),
                *(GUESSES if life.locked else 0, as_text(life.locked), as_text(life.created), as_text(updated)),
            )
        )

    def _event(self, moment: Timestamp, action: Action, accountid: str, by: By, targetid: str = "") -> None:
        self.rows[Event].append((settings.APPID, action, accountid, targetid, *by, as_text(moment), ""))

    def _refuse(
        self, moment: Timestamp, accountid: str, device: Device, refusal: ErrorCode = ErrorCode.PASSWORD_WRONG
    ) -> None:
        what = Action.REFUSE_SIGN_IN, accountid, "", *by_guest(device)
        self.rows[Event].append((settings.APPID, *what, as_text(moment), refusal.code))

    def _id(self, prefix: str) -> str:
        return f"{prefix}_{self.rng.getrandbits(64):016x}"

    def _device(self, person: Person) -> Device:
        return person.devices[int(len(person.devices) * self.rng.random())]

    def _between(self, first: Timestamp, last: Timestamp) -> Timestamp:
        return first + int((last - first) * self.rng.random())
