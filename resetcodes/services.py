"""Every operation on reset codes, one function each."""

import re

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from dashboard_project import keys
from dashboard_project.errors import DashboardError, Refusal
from resetcodes.models import ResetCode

SECRET_CODE_FORM = re.compile(r"[a-zA-Z0-9]*")


@transaction.atomic
def create_reset_code(accountid: str, secret_code: str) -> ResetCode:
    """Make a code with which somebody who is locked out of this account can set a new password, once.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-secret-code (400) for one that is missing or has other
    characters than letters a-z, A-Z and digits, invalid-secret-code-length (400).
    """
    account = Account.objects.locked(accountid)
    _check_secret_code(secret_code)
    now = timezone.now()
    account.reset_code_last_created_at = now
    account.store("reset_code_last_created_at")
    return ResetCode.objects.create(
        account=account, secret_code_hash=keys.text_hashes(secret_code)[0], created_at=now, updated_at=now
    )


def _check_secret_code(secret_code: str) -> None:
    if not secret_code:
        raise DashboardError(Refusal.SECRET_CODE_MISSING)
    if not SECRET_CODE_FORM.fullmatch(secret_code):
        raise DashboardError(Refusal.SECRET_CODE_CHARACTERS)
    if not settings.MINIMUM_RESET_CODE_LENGTH <= len(secret_code) <= settings.MAXIMUM_RESET_CODE_LENGTH:
        raise DashboardError(Refusal.SECRET_CODE_LENGTH)
