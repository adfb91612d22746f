"""service/create-reset-code: for whoever has forgotten the password, by an application without any session."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Account
from dashboard.core.actor import Actor
from events.models import Event
from resetcodes.models import ResetCode
from service_credentials.models import ServiceCredential
from service_credentials.services import credentials
from tests.cases import service_client
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, ResetCodeFactory, SessionFactory
from tests.forms import an_id

NOW = "2022-06-24T02:42:47.362Z"
OK, TOO_MANY, LIMITED = (200, ""), (409, "too-many-reset-codes"), (429, "too-many-requests")
ROUTE = "service/create-reset-code"
CLIENT = {"X-Client-Address": "198.51.100.1"}


@pytest.fixture
def service(db: None) -> ApiClient:
    return service_client("create-reset-codes")


@pytest.fixture
def account(db: None) -> Account:
    made: Account = AccountFactory(username="somebody")
    return made


def use(secret_code: str, username: str = "somebody") -> tuple[int, str]:
    body = {"username": username, "new-password": "a new long password", "secret-code": secret_code}
    return outcome(ApiClient().patch("user/reset-account-password", body))


def create(service: ApiClient, username: str = "somebody") -> Any:
    return service.call("POST", ROUTE, {"username": username}, CLIENT)


@time_machine.travel(NOW, tick=False)
def test_code_is_answered_once_and_lasts_an_hour(service: ApiClient, account: Account) -> None:
    answer = create(service).json()
    secret_code = answer.pop("secretCode")
    assert answer == {
        "codeid": an_id("code"),
        "object": "resetCode",
        "appid": "dashboard",
        "accountid": account.accountid,
        "expiresAt": "2022-06-24T03:42:47.362Z",
        "createdAt": NOW,
        "updatedAt": NOW,
    }
    assert len(secret_code.replace("-", "")) == 28
    assert ResetCode.objects.get().as_json() == answer
    assert secret_code not in str(list(ResetCode.objects.values()))
    assert use(secret_code) == OK


def test_shorter_lifetime_of_the_settings_counts(service: ApiClient, account: Account, settings: Any) -> None:
    settings.RESET_CODE_LIFETIME = 60
    code = ResetCode.objects.get(pk=create(service).json()["codeid"])
    assert code.works_until == code.created_at + timedelta(seconds=60)


def test_account_is_named_by_its_id_or_else_by_its_username(service: ApiClient, account: Account) -> None:
    other = AccountFactory(username="another-one")
    by_id = service.post(ROUTE, {"username": "another-one"}, accountid=account.accountid)
    assert by_id.json()["accountid"] == account.accountid
    assert create(service, "another-one").json()["accountid"] == other.accountid


def test_service_and_client_are_recorded(service: ApiClient, account: Account) -> None:
    code = create(service).json()
    event = Event.objects.get()
    assert (event.action, event.accountid, event.targetid) == ("create-reset-code", account.accountid, code["codeid"])
    assert (event.actor_kind, event.ip_address) == ("service credential", "198.51.100.1")
    assert event.actor_credentialid == ServiceCredential.objects.get().credentialid
    assert code["secretCode"] not in str(event.as_json())


def test_user_is_told_that_a_service_has_and_no_more(service: ApiClient, account: Account) -> None:
    create(service)
    client = ApiClient(SessionFactory(account=account))
    (event,) = client.get("user/events", accountid=account.accountid).json()
    assert event["actorKind"] == "service credential"
    assert not {"actorCredentialid", "ipAddress", "userAgent"} & event.keys()


@pytest.mark.parametrize("role", [{"administrator": True}, {"owner": True}], ids=str)
@pytest.mark.parametrize("protect", [True, False])
def test_accounts_with_a_role_have_none(
    role: dict[str, bool], service: ApiClient, settings: Any, *, protect: bool
) -> None:
    settings.PROTECT_ADMINISTRATORS = protect
    account = AccountFactory(username="somebody", **role)
    assert outcome(create(service)) == (403, "invalid-account")
    assert outcome(service.post(ROUTE, accountid=account.accountid)) == (403, "invalid-account")
    assert not ResetCode.objects.exists()


def test_code_does_not_outlast_a_role_that_the_account_gets(service: ApiClient, administrator: ApiClient) -> None:
    account = AccountFactory(username="somebody")
    code = create(service).json()["secretCode"]
    assert outcome(administrator.patch("administrator/set-account-administrator", accountid=account.accountid)) == OK
    assert use(code) == (401, "invalid-reset-code")


def test_lockout_goes_on(service: ApiClient, account: Account) -> None:
    """Else everybody who asks for a code could guess anew."""
    until = timezone.now() + timedelta(minutes=30)
    Account.objects.filter(pk=account.pk).update(failed_sign_ins=100, locked_until=until)
    create(service)
    account.refresh_from_db()
    assert (account.failed_sign_ins, account.locked_until) == (100, until)


def test_nobody_keeps_a_person_from_getting_a_code(service: ApiClient, account: Account, settings: Any) -> None:
    settings.MAXIMUM_RESET_CODES = 3
    kept = ResetCodeFactory(account=account)
    answers = [create(service) for _ in range(6)]
    assert {outcome(it) for it in answers} == {OK}
    codes = [it.json() for it in answers]
    assert set(ResetCode.objects.values_list("pk", flat=True)) == {kept.pk, *(it["codeid"] for it in codes[-2:])}
    assert Event.objects.filter(action="delete-reset-code").count() == 4
    assert use(codes[0]["secretCode"]) == (401, "invalid-reset-code")
    assert use(codes[-1]["secretCode"]) == OK


def test_codes_of_others_are_not_replaced(service: ApiClient, account: Account, settings: Any) -> None:
    settings.MAXIMUM_RESET_CODES = 2
    ResetCodeFactory.create_batch(2, account=account)
    assert outcome(create(service)) == TOO_MANY
    assert ResetCode.objects.count() == 2


def test_codes_are_limited_by_account(service: ApiClient, account: Account, settings: Any) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_RESET_CODES = True, "2/hour"
    AccountFactory(username="another-one")

    def ask(username: str, number: int) -> tuple[int, str]:
        headers = {"X-Client-Address": f"198.51.100.{number}"}
        return outcome(service.call("POST", ROUTE, {"username": username}, headers))

    assert [ask("somebody", number) for number in range(3)] == [OK, OK, LIMITED]
    assert ask("another-one", 9) == OK


def test_codes_are_limited_by_the_address_of_the_client(service: ApiClient, settings: Any) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_RESET_CODES = True, "2/hour"
    for number in range(4):
        AccountFactory(username=f"somebody-{number}")
    assert [outcome(create(service, f"somebody-{number}")) for number in range(3)] == [OK, OK, LIMITED]
    other = service.call("POST", ROUTE, {"username": "somebody-3"}, {"X-Client-Address": "198.51.100.9"})
    assert outcome(other) == OK


# When the credential is revoked


def test_codes_end_with_the_credential(service: ApiClient, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "CODES_PER_TRANSACTION", 2)
    for number in range(3):
        AccountFactory(username=f"somebody-{number}")
        create(service, f"somebody-{number}")
    code, kept = create(service).json(), ResetCodeFactory()
    credential = ServiceCredential.objects.get()
    credentials.revoke_credential(credential.credentialid, Actor.command_line())
    assert use(code["secretCode"]) == (401, "invalid-reset-code")
    assert list(ResetCode.objects.all()) == [kept]
    assert Event.objects.filter(action="delete-reset-code").count() == 4


def test_they_do_not_work_even_before_their_rows_are_deleted(service: ApiClient, account: Account) -> None:
    code = create(service).json()
    ServiceCredential.objects.update(revoked_at=timezone.now())
    assert use(code["secretCode"]) == (401, "invalid-reset-code")
    assert ResetCode.objects.exists()


def test_code_of_an_application_server_is_its_users(account: Account) -> None:
    """It acted for an administrator, whose code it is."""
    session = SessionFactory(account=AccountFactory(administrator=True))
    client = service_client("act-for-users", "create-reset-codes")
    client.client.defaults |= {"HTTP_X_ACCOUNTID": session.account_id, "HTTP_X_SESSIONID": session.sessionid}
    body = {"secret-code": "Kx82mQz71pLw"}
    assert outcome(client.post("administrator/create-reset-code", body, accountid=account.accountid)) == OK
    code = ResetCode.objects.get()
    assert (code.created_by_id, code.created_by_credential_id) == (session.account_id, None)


def test_nobody_signs_in_with_the_password_that_was_forgotten(service: ApiClient, account: Account) -> None:
    assert use(create(service).json()["secretCode"]) == OK
    body = {"username": "somebody", "password": PASSWORD}
    assert outcome(ApiClient().post("user/create-session", body)) == (401, "invalid-password")
