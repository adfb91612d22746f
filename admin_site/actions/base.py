"""Service actions: a service behind a button, and what an administrator reads before and after it runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Model

from admin_site.pages.labels import refusal_message
from admin_site.requests import AdminRequest, actor_of
from dashboard.api.access.refusals import REASONS, refuse_access
from dashboard.core.errors import DashboardError

FormData = dict[str, Any]
VERBATIM_INPUT = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}  # for ids and codes


class ActionForm(forms.Form):
    """Ask for the input of an action. `pks` are the ids of the selected rows."""

    def __init__(self, data: Any, pks: Sequence[str]) -> None:
        super().__init__(data)
        self.pks = pks


@dataclass(frozen=True)
class ServiceAction:
    """A service that administrators can call on a row.

    `call` takes the id of a row, the request and the cleaned data of the form. `is_available` decides only whether a
    row shows the button; the service itself enforces the rules.
    """

    name: str  # the same as that of the route and the service
    title: str
    icon: str
    description: str
    success_message: str
    call: Callable[[str, AdminRequest, FormData], Any]
    is_available: Callable[[Any], bool] = lambda row: True
    form: type[ActionForm] = ActionForm
    owner_only: bool = False
    allow_bulk: bool = True
    is_destructive: bool = False
    effect_on_self: str = ""  # what the caller loses if the row is their own
    result_template: str = ""  # the page that shows the return value of `call` once

    def is_permitted(self, request: AdminRequest) -> bool:
        """Return whether to offer the action to the signed-in administrator."""
        return request.user.is_superuser or not self.owner_only


@dataclass(frozen=True)
class ActionResult:
    """The outcome of an action on one row."""

    pk: str
    value: Any = None
    refusal: str = ""  # a sentence, empty on success


def perform(action: ServiceAction, pks: Sequence[str], request: AdminRequest, data: FormData) -> list[ActionResult]:
    """Call the action's service on each row. A refusal of one row does not affect the others.

    The caller's own account or session comes last: the action may end the session, and what it asks for after that is
    refused.
    """
    actor = actor_of(request)
    own = {actor.accountid, actor.sessionid}
    results = {pk: _perform(action, pk, request, data) for pk in sorted(pks, key=own.__contains__)}
    return [results[pk] for pk in pks]


def _perform(action: ServiceAction, pk: str, request: AdminRequest, data: FormData) -> ActionResult:
    try:
        return ActionResult(pk, action.call(pk, request, data))
    except DashboardError as error:
        if reason := REASONS.get(error.error_code):
            refuse_access(reason, actor_of(request), pk, code=error.error_code.code)
        return ActionResult(pk, refusal=refusal_message(error))


def available_actions(actions: Sequence[ServiceAction], row: Model) -> list[ServiceAction]:
    """Return the actions that make sense in the row's current state."""
    return [action for action in actions if action.is_available(row)]
