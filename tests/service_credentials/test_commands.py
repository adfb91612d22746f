"""create_credential, list_credentials and revoke_credential: API keys of programs, by operators."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from events.models import Event
from service_credentials.models import TOKEN_PATTERN, ServiceCredential
from tests.cases import everything
from tests.client import ApiClient, outcome
from tests.commands import run
from tests.factories import ServiceCredentialFactory

OK = (200, "")


def test_printed_token_works_and_is_printed_once(db: None) -> None:
    result = run("create_credential", "Web application", "--scope", "read-events", "--scope", "act-for-users")
    credential = ServiceCredential.objects.get()
    first, token = result.said.splitlines()
    expiry = f"{credential.expires_at:%Y-%m-%d %H:%M} UTC"
    assert first == (
        f"{credential.credentialid}: act-for-users, read-events, until {expiry}. Its token is shown only once:"
    )
    assert TOKEN_PATTERN.fullmatch(token)
    assert outcome(ApiClient(service_token=token).get("service/credential")) == OK
    assert token[-64:] not in run("list_credentials").said + str(everything())


@pytest.mark.parametrize(
    ("options", "days"), [([], 365), (["--lifetime", "90d"], 90), (["--lifetime", "2w"], 14), (["--no-expiry"], None)]
)
def test_credential_expires_after_a_year_or_as_asked(options: list[str], days: int | None, db: None) -> None:
    run("create_credential", "Web application", "--scope", "administer", *options)
    expires_at = ServiceCredential.objects.get().expires_at
    if days is None:
        assert expires_at is None
    else:
        assert expires_at
        assert abs(expires_at - timezone.now() - timedelta(days=days)) < timedelta(minutes=1)


def test_scripts_read_the_token_as_json(db: None) -> None:
    arguments = ("--scope", "administer", "--network", "203.0.113.7", "--network", "2001:db8::/32", "--json")
    made = json.loads(run("create_credential", "Web application", *arguments).said)
    assert (made["scopes"], made["networks"]) == (["administer"], ["203.0.113.7/32", "2001:db8::/32"])
    client = ApiClient(address="203.0.113.7", service_token=made["token"])
    assert outcome(client.get("service/credential")) == OK


@pytest.mark.parametrize(
    "arguments",
    [
        ("Web application", "--scope", "everything"),
        ("Web application",),
        ("Web application", "--scope", "administer", "--network", "example.com"),
        ("", "--scope", "administer"),
        ("Web application", "--scope", "administer", "--lifetime", "0d"),
        ("Web application", "--scope", "administer", "--lifetime", "1d", "--no-expiry"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...], db: None) -> None:
    assert run("create_credential", *arguments).status in (1, 2)
    assert not ServiceCredential.objects.exists()


def test_list_has_those_that_can_be_used(db: None) -> None:
    used = ServiceCredentialFactory(name="Used", last_used_at=timezone.now(), networks="203.0.113.0/24")
    ServiceCredentialFactory(name="Revoked", revoked=True)
    ServiceCredentialFactory(name="Expired", expired=True)
    said = run("list_credentials").said
    assert used.credentialid in said
    assert "Revoked" not in said
    assert "Expired" not in said
    in_all = run("list_credentials", "--all").said
    assert "revoked 20" in in_all
    assert "expired 20" in in_all
    listed = json.loads(run("list_credentials", "--all", "--json").said)["credentials"]
    assert [it["name"] for it in listed] == ["Expired", "Revoked", "Used"]
    assert used.token_hash not in str(listed)


@pytest.mark.parametrize("name", ["[/x] program", "[red]program[/red]", ":smile: program"])
def test_name_is_listed_as_it_is(name: str, db: None) -> None:
    ServiceCredentialFactory(name=name)
    assert name in run("list_credentials").said


def test_name_cannot_command_the_terminal(db: None) -> None:
    ServiceCredentialFactory(name="a\x1b[31mb")
    assert "\x1b" not in run("list_credentials").said


def test_revoked_credential_is_refused(db: None) -> None:
    token = run("create_credential", "Web application", "--scope", "administer", "--json").said
    made = json.loads(token)
    assert run("revoke_credential", made["credentialid"], "--dry-run").status == 0
    assert outcome(ApiClient(service_token=made["token"]).get("service/credential")) == OK
    assert run("revoke_credential", made["credentialid"]).said == f"{made['credentialid']}: revoked\n"
    assert outcome(ApiClient(service_token=made["token"]).get("service/credential")) == (401, "invalid-credential")
    assert run("revoke_credential", made["credentialid"]).status == 1
    actions = Event.objects.exclude(action="refuse-access").order_by("id").values_list("action", "actor_kind")
    assert [*actions] == [("create-credential", "command line"), ("revoke-credential", "command line")]
