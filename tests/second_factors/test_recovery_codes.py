"""Recovery codes: shown once, each works once."""

import re

from events.models import Event
from second_factors.models import RecoveryCode
from tests.client import ApiClient, outcome
from tests.factories import SecondFactorFactory
from tests.second_factors.signing_in import WRONG, challenge_for, enrolled, first_step, second_step, session_of


def made(client: ApiClient) -> list[str]:
    response = client.post("user/create-recovery-codes", accountid=client.account.accountid)
    codes: list[str] = response.json()["codes"]
    return codes


def left(client: ApiClient) -> int:
    return client.get("user/recovery-codes-count", accountid=client.account.accountid).json()


def test_ten_codes_of_120_bits(db: None) -> None:
    codes = made(session_of(enrolled()))
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)
    stored = str(list(RecoveryCode.objects.values()))
    assert not [code for code in codes if code in stored or code.replace("-", "") in stored]


def test_code_signs_in_once(guest: ApiClient) -> None:
    client = session_of(enrolled())
    code = made(client)[3]
    assert first_step(guest).json()["factors"] == ["totp", "recovery-code"]
    assert outcome(second_step(guest, challenge_for(guest), code)) == (200, "")
    assert left(client) == 9
    assert [it.action for it in Event.objects.order_by("pk")][-2:] == ["use-recovery-code", "create-session"]
    assert outcome(second_step(guest, challenge_for(guest), code)) == WRONG


def test_code_may_be_typed_in_another_spelling(guest: ApiClient) -> None:
    codes = made(session_of(enrolled()))
    for code in (codes[0].lower(), codes[1].replace("-", ""), codes[2].replace("0", "o").replace("1", "l")):
        assert outcome(second_step(guest, challenge_for(guest), code)) == (200, "")


def test_new_codes_replace_the_old_ones(guest: ApiClient) -> None:
    client = session_of(enrolled())
    old, new = made(client), made(client)
    assert left(client) == 10
    assert outcome(second_step(guest, challenge_for(guest), old[0])) == WRONG
    assert outcome(second_step(guest, challenge_for(guest), new[0])) == (200, "")


def test_code_of_another_account_is_wrong(guest: ApiClient) -> None:
    codes = made(session_of(enrolled()))
    RecoveryCode.objects.all().delete()
    other = session_of(SecondFactorFactory().account)
    assert outcome(second_step(guest, challenge_for(guest), codes[0])) == WRONG
    assert outcome(second_step(guest, challenge_for(guest), made(other)[0])) == WRONG
