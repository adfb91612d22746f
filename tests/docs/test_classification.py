"""The levels of data in docs/security.md: every column has one, and what is secret is kept as the page says."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Model

from accounts.schemas import PROFILE
from dashboard.api.routing import declared
from dashboard.api.schema.objects import objects_in
from dashboard.models import Record
from tests.factories import AccountFactory

PAGE = (Path(settings.BASE_DIR) / "docs/security.md").read_text()
ROW = r"^\| (?:`(\w+\.\w+)`)? ?\| (secret|confidential|personal|internal) \| (`[^|]*`) \|$"
DJANGOS = {"admin", "auth", "contenttypes"}
MODELS = [model for model in apps.get_models() if model._meta.app_label not in DJANGOS]
IN_REDIS = {"session_key", "token_hash"}
NAMES = {"password", "username_hash", "session_key", "token_hash", "secret_code_hash", "encrypted_secret"}


def classified() -> list[tuple[str, str, str]]:
    """Return model, level and column of each entry."""
    entries, model = [], ""
    for name, level, columns in re.findall(ROW, PAGE, re.MULTILINE):
        model = name or model
        entries += [(model, level, column) for column in re.findall(r"`(\w+)`", columns)]
    return entries


def secrets_of(model: type[Model]) -> set[str]:
    return {column for label, level, column in classified() if (label, level) == (model._meta.label, "secret")}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_each_column_has_one_level(model: type[Model]) -> None:
    classified_columns = [column for label, _, column in classified() if label == model._meta.label]
    columns = {field.column for field in model._meta.concrete_fields}
    assert columns - {*classified_columns} == set(), "Give these columns a level in docs/security.md."
    assert sorted(classified_columns) == sorted(columns)


def test_table_has_no_model_that_does_not_exist() -> None:
    assert {label for label, *_ in classified()} == {model._meta.label for model in MODELS}


def test_of_secrets_only_session_keys_and_hashes_of_tokens_are_in_redis() -> None:
    records = [model for model in MODELS if issubclass(model, Record)]
    assert len(records) > 3
    assert {name for model in records for name in secrets_of(model) - model.never_cached} == IN_REDIS


def test_no_route_returns_a_secret_as_it_is_stored() -> None:
    secrets = {column for _, level, column in classified() if level == "secret"}
    assert secrets >= NAMES
    fields = {name for it in objects_in(r.spec.returns for r in declared()) for name in (*it.required, *it.optional)}
    assert PROFILE.optional.keys() <= fields
    assert not {re.sub(r"_(\w)", lambda match: match[1].upper(), name) for name in secrets} & fields


@pytest.mark.parametrize("model", [apps.get_model("admin.LogEntry"), apps.get_model("auth.Group")])
def test_tables_of_django_have_no_data(db: None, owner: Any, model: Any) -> None:
    account = AccountFactory()
    assert owner.patch("administrator/set-account-administrator", accountid=account.pk).status_code == 200
    assert not model.objects.exists()
