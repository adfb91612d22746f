"""Generated reset codes: how they look, in which spellings they are accepted, and what limits them."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Account
from dashboard.core.actor import Actor
from dashboard.core.crypto import hashing
from dashboard.core.crypto.readable_codes import ALPHABET
from dashboard.core.errors import DashboardError
from events.models import Action, Event
from resetcodes.models import ResetCode
from resetcodes.services import reset_codes
from resetcodes.services.reset_codes import create_random_reset_code
from resetcodes.services.secret_codes import COPIED, FORMATS, SPOKEN, spelled_code
from tests.client import ApiClient, outcome
from tests.factories import AccountFactory, ResetCodeFactory

WRONG = (401, "invalid-reset-code")
DONE = (200, "")
OPERATOR = Actor.command_line()


@pytest.fixture
def account(db):
    return AccountFactory(username="somebody")


def reset(secret_code, username="somebody"):
    body = {"username": username, "new-password": "another long password", "secret-code": secret_code}
    return outcome(ApiClient().patch("user/reset-account-password", body))


def misspell(code):
    """Return another code of the same format."""
    return code.translate(str.maketrans(ALPHABET, ALPHABET[1:] + ALPHABET[:1]))


@pytest.mark.parametrize(("code_format", "groups"), [(COPIED, [4] * 7), (SPOKEN, [5, 5])])
def test_code_is_random_and_grouped_without_characters_that_look_alike(code_format, groups):
    codes = {code_format.generate() for _ in range(100)}
    assert len(codes) == 100
    assert all([len(group) for group in code.split("-")] == groups for code in codes)
    assert set("".join(codes)) - {"-"} == set(ALPHABET)
    assert not set(ALPHABET) & set("ILOUilou")


def test_copied_code_has_128_bits_at_least():
    assert len(ALPHABET) == 32
    assert COPIED.length * 5 >= 128


@pytest.mark.parametrize("code_format", FORMATS)
@pytest.mark.parametrize(
    "respell",
    [
        str,
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " ").lower(),
        lambda code: code.replace("-", " \N{EN DASH} "),
        lambda code: f" {code}\n",
        lambda code: code.replace("0", "O").replace("1", "l"),
        lambda code: code.replace("0", "o").replace("1", "I"),
        lambda code: "-".join(code.replace("-", "")),
    ],
)
def test_generated_code_is_accepted_in_every_spelling(account, code_format, respell):
    _, secret_code = create_random_reset_code(account.pk, OPERATOR, code_format)
    assert reset(respell(secret_code)) == DONE
    assert reset(secret_code) == WRONG


@pytest.mark.parametrize("code_format", FORMATS)
def test_other_codes_are_not_accepted(account, code_format):
    _, secret_code = create_random_reset_code(account.pk, OPERATOR, code_format)
    for wrong in (misspell(secret_code), secret_code[:-1], f"{secret_code}0", secret_code.replace("-", "_")):
        assert reset(wrong) == WRONG


@pytest.mark.parametrize("characters", ["K7QM2X9DT5", "K7QM2X9DT5K7QM2X9DT5K7QM2X9D", "abc123DEF4"])
def test_code_that_a_client_chose_is_exact(account, characters):
    ResetCodeFactory(account=account, secret_code=characters)
    for other in (characters.swapcase(), f"{characters[:5]}-{characters[5:]}", f"{characters} "):
        assert reset(other) == WRONG
    assert reset(characters) == DONE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "K7QM2",
        "K7QM2-X9DT!",
        "K7QM2X9DTU",
        "K7QM2X9DT\N{ARABIC-INDIC DIGIT FIVE}",
        "K" * 10_000,
        "\N{LATIN SMALL LIGATURE FF}" * 5,
    ],
)
def test_text_that_is_no_generated_code(text):
    assert spelled_code(text) is None


def test_generated_code_is_stored_only_as_its_hash(account, settings):
    settings.DASHBOARD_ENCRYPTION_KEY = ["new", *settings.DASHBOARD_ENCRYPTION_KEY]
    code, secret_code = create_random_reset_code(account.pk, OPERATOR, SPOKEN)
    row = ResetCode.objects.values().get()
    assert row["secret_code_hash"] == hashing.text_hashes(secret_code)[0]
    assert not any(secret_code in str(value) for value in (*row.values(), Event.objects.values_list().get()))
    assert Event.objects.get(action=Action.CREATE_RESET_CODE).targetid == code.pk


def test_generated_code_survives_a_new_key(account, settings):
    _, secret_code = create_random_reset_code(account.pk, OPERATOR)
    settings.DASHBOARD_ENCRYPTION_KEY = ["new", *settings.DASHBOARD_ENCRYPTION_KEY]
    assert reset(secret_code.lower()) == DONE


def test_generated_code_has_the_length_of_its_format_whatever_settings_say(account, settings):
    settings.MINIMUM_RESET_CODE_LENGTH = settings.MAXIMUM_RESET_CODE_LENGTH = 6
    assert reset(create_random_reset_code(account.pk, OPERATOR)[1]) == DONE


def test_code_to_be_read_out_expires(account):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        code, secret_code = create_random_reset_code(account.pk, OPERATOR, SPOKEN)
        assert code.expires_at == timezone.now() + timedelta(minutes=15)
        clock.shift(timedelta(minutes=15))
        assert reset(secret_code) == WRONG
        clock.shift(timedelta(seconds=-1))
        assert reset(secret_code) == DONE


@pytest.mark.parametrize(
    ("lifetime", "copied", "spoken"), [(86_400, 86_400, 900), (900, 900, 900), (60, 60, 60), (0, None, 900)]
)
def test_code_works_for_the_shorter_lifetime_of_setting_and_format(account, settings, lifetime, copied, spoken):
    settings.RESET_CODE_LIFETIME = lifetime
    with time_machine.travel(timezone.now(), tick=False):
        for code_format, seconds in ((COPIED, copied), (SPOKEN, spoken)):
            code, _ = create_random_reset_code(account.pk, OPERATOR, code_format)
            assert code.expires_at == (seconds and timezone.now() + timedelta(seconds=seconds))


def test_blocked_code_leaves_room_for_another(account, settings):
    settings.MAXIMUM_RESET_CODES = 1
    create_random_reset_code(account.pk, OPERATOR, SPOKEN)
    with pytest.raises(DashboardError):
        create_random_reset_code(account.pk, OPERATOR, SPOKEN)
    for _ in range(5):
        reset("wrong1")
    assert reset(create_random_reset_code(account.pk, OPERATOR, SPOKEN)[1]) == DONE


def test_code_expires_while_its_password_is_hashed(account, monkeypatch):
    _, secret_code = create_random_reset_code(account.pk, OPERATOR, SPOKEN)

    def slow_hash(password):
        ResetCode.objects.update(expires_at=timezone.now())
        return password

    monkeypatch.setattr("resetcodes.services.reset_codes.hash_password", slow_hash)
    before = Account.objects.values("password", "session_key").get()
    assert reset(secret_code) == WRONG
    assert Account.objects.values("password", "session_key").get() == before


@pytest.mark.parametrize("lockout", [0, 10])
def test_code_to_be_read_out_allows_few_wrong_codes(account, settings, lockout):
    settings.MAXIMUM_FAILED_SIGN_INS = lockout
    _, secret_code = create_random_reset_code(account.pk, OPERATOR, SPOKEN)
    assert [reset("wrong1") for _ in range(5)] == [WRONG] * 5
    assert ResetCode.objects.get().is_blocked
    assert reset(secret_code) == WRONG


def test_code_to_be_read_out_is_accepted_at_the_last_attempt(account):
    _, secret_code = create_random_reset_code(account.pk, OPERATOR, SPOKEN)
    assert [reset("wrong1") for _ in range(4)] == [WRONG] * 4
    assert not ResetCode.objects.get().is_blocked
    assert reset(secret_code) == DONE


def test_concurrent_attempts_are_counted_before_the_code_is_looked_at(account, monkeypatch):
    _, secret_code = create_random_reset_code(account.pk, OPERATOR, SPOKEN)
    look = reset_codes._usable_codes

    def late(accountid, given):
        ResetCode.objects.update(attempts_left=-1)  # as five attempts more would have meanwhile
        return look(accountid, given)

    monkeypatch.setattr(reset_codes, "_usable_codes", late)
    assert reset(secret_code) == WRONG


def test_wrong_codes_are_counted_for_one_account_and_its_limited_codes_only(account):
    AccountFactory(username="somebody else")
    _, copied = create_random_reset_code(account.pk, OPERATOR)
    _, spoken = create_random_reset_code(account.pk, OPERATOR, SPOKEN)
    for _ in range(6):
        reset("wrong1", "somebody else")
    assert set(ResetCode.objects.values_list("attempts_left", flat=True)) == {None, 5}
    for _ in range(6):
        reset("wrong1")
    assert reset(spoken) == WRONG
    assert reset(copied) == DONE


def test_expiry_is_on_the_wire(account, administrator):
    code, _ = create_random_reset_code(account.pk, OPERATOR, SPOKEN)
    for _ in range(2):  # from the database, and from the cache
        answer = administrator.get("administrator/reset-code", codeid=code.pk).json()
        assert answer["expiresAt"] == code.as_json()["expiresAt"]
    assert administrator.get("administrator/reset-codes", accountid=account.pk).json() == [answer]


@pytest.mark.parametrize("characters", ["K7QM2-X9DT5", "k7qm2 x9dt5"])
def test_clients_cannot_choose_a_code_with_separators(account, administrator, characters):
    body = {"secret-code": characters}
    response = administrator.post("administrator/create-reset-code", body, accountid=account.pk)
    assert outcome(response) == (400, "invalid-secret-code")
