"""What an administrator can do to rows of a list: each a service behind a button, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Model

from admin_site.pages.labels import refused
from admin_site.requests import AdminRequest
from dashboard.core.errors import DashboardError

Given = dict[str, Any]


class OperationForm(forms.Form):
    """What else an operation wants to be told; `pks` are the rows that it is meant for."""

    def __init__(self, data: Any, pks: Sequence[str]) -> None:
        super().__init__(data)
        self.pks = pks


@dataclass(frozen=True)
class Operation:
    """A service, and what somebody reads before and after it is called.

    `call` takes the id of a row, the request, and what its form was given. `offered` is a hint for whom to show the
    button; what is allowed the service says.
    """

    name: str  # as that of its route and service
    title: str
    icon: str
    meaning: str
    done: str
    call: Callable[[str, AdminRequest, Given], Any]
    offered: Callable[[Any], bool] = lambda row: True
    form: type[OperationForm] = OperationForm
    for_owner: bool = False
    at_once: bool = True  # whether it can be done to several rows
    is_grave: bool = False
    shown: str = ""  # the template of the page that shows, once, what came of it

    def is_open_to(self, request: AdminRequest) -> bool:
        """Whether to offer it to whoever makes this request."""
        return request.user.is_superuser or not self.for_owner


@dataclass(frozen=True)
class Result:
    """What came of an operation on one row."""

    pk: str
    value: Any = None
    refusal: str = ""  # the sentence; empty where it was done


def apply(operation: Operation, pks: Sequence[str], request: AdminRequest, given: Given) -> list[Result]:
    """Call the operation's service for each of these rows. Each is done or refused by itself."""
    return [_applied(operation, pk, request, given) for pk in pks]


def _applied(operation: Operation, pk: str, request: AdminRequest, given: Given) -> Result:
    try:
        return Result(pk, operation.call(pk, request, given))
    except DashboardError as error:
        return Result(pk, refusal=refused(error))


def offered(operations: Sequence[Operation], row: Model) -> list[Operation]:
    """Those that make sense for a row as it is."""
    return [operation for operation in operations if operation.offered(row)]
