"""Recovery codes: ten look-up secrets (NIST SP 800-63B-4, section 3.1.2), each of which takes the second step once.

They have 120 random bits, so a fast keyed hash, salted with the account's id, is enough (section 3.1.2.2).
"""

from datetime import datetime

from django.db import transaction

from accounts.models import Account
from dashboard.core.actor import Actor
from dashboard.core.crypto import hashing
from dashboard.core.crypto.readable_codes import grouped, random_characters, spelled_characters
from dashboard.core.errors import DashboardError, ErrorCode
from events.models import Action
from events.services.recording import record
from second_factors.models import RecoveryCode

CODES = 10
CHARACTERS, GROUP = 24, 4


@transaction.atomic
def create_recovery_codes(accountid: str, actor: Actor) -> list[str]:
    """Create ten recovery codes, which replace those that the account had. They cannot be read again.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (409) for an account without a second factor.
    """
    account = Account.objects.get_for_update(accountid)
    if account.second_factor_since is None:
        raise DashboardError(ErrorCode.NO_SECOND_FACTOR)
    RecoveryCode.objects.filter(account=account).delete()
    made = [random_characters(CHARACTERS) for _ in range(CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(account=account, code_hash=_hashes(accountid, it)[0]) for it in made)
    record(Action.CREATE_RECOVERY_CODES, accountid, actor)
    return [grouped(characters, GROUP) for characters in made]


def count_unused(accountid: str) -> int:
    """Return how many recovery codes of an account are left."""
    unused: int = RecoveryCode.objects.filter(account=accountid, used_at=None).count()
    return unused


def spend(account: Account, code: str, now: datetime) -> bool:
    """Use a recovery code of an account whose row is locked. Return whether the account has such an unused code."""
    characters = spelled_characters(code) or ""
    if len(characters) != CHARACTERS:
        return False
    unused = RecoveryCode.objects.filter(account=account, used_at=None)
    return bool(unused.filter(code_hash__in=_hashes(account.accountid, characters)).update(used_at=now))


def _hashes(accountid: str, characters: str) -> list[str]:
    return hashing.text_hashes(f"{accountid}:{characters}")
