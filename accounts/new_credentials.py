"""Rules for new usernames and new passwords. Existing ones keep working, whatever the rules are.

Each rule applies wherever a username or password is chosen: in the API, in commands and with reset codes. An import has
only hashes, which the rules cannot check.
"""

import unicodedata
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from precis_i18n import get_profile

from accounts.models import Account
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.text import normalize

PRECIS = get_profile("UsernameCasePreserved")
ANY_SCRIPT = frozenset({"COMMON", "INHERITED"})  # digits, punctuation, accents
# Scripts that are written together: "highly restrictive" in Unicode Technical Standard 39, section 5.2
WRITTEN_TOGETHER = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)


def check_username_characters(username: str, error_code: ErrorCode) -> None:
    """Raise this error unless a new username has only visible, unmistakable characters.

    Each part between single spaces must be as PRECIS prepares it (UsernameCasePreserved, RFC 8265, section 3.4): that
    refuses invisible, unassigned and compatibility characters, and surrounding spaces. In addition the name must not
    look like a name in another script (Unicode Technical Standard 39). RESTRICT_USERNAMES=false allows everything.
    """
    if settings.RESTRICT_USERNAMES and not (all(map(_is_prepared, username.split(" "))) and _is_unmistakable(username)):
        raise DashboardError(error_code)


def _is_prepared(part: str) -> bool:
    try:
        return bool(PRECIS.enforce(part) == normalize(part))
    except UnicodeEncodeError:  # what precis-i18n raises for a disallowed string
        return False


def _is_unmistakable(username: str) -> bool:
    from confusable_homoglyphs import categories  # noqa: PLC0415  its tables take 10 MB and a tenth of a second to load

    scripts = categories.unique_aliases(username) - ANY_SCRIPT
    if len(scripts) > 1:
        return any(scripts <= together for together in WRITTEN_TOGETHER)
    letters = [letter for letter in username if unicodedata.category(letter).startswith("L")]
    return scripts <= {"LATIN"} or not all(map(_looks_latin, letters))


def _looks_latin(letter: str) -> bool:
    from confusable_homoglyphs import confusables  # noqa: PLC0415  see above

    found = confusables.is_confusable(letter, greedy=True) or []
    return any(other["n"].startswith("LATIN ") for it in found for other in it["homoglyphs"])


def check_new_password(password: str, username: str) -> None:
    """Raise weak-password (400) for a password that is easy to guess.

    That is the username, the name or the host of this service, and each of the 20,000 commonest passwords of Django's
    CommonPasswordValidator: the blocklist that NIST SP 800-63B-4, section 3.1.1.2, asks for. PASSWORD_BLOCKLIST=false
    turns it off.
    """
    _refuse(password, is_username=password.casefold() == normalize(username).casefold())


def check_new_password_of(account: Account, password: str) -> None:
    """Do what `check_new_password` does for an account, whose username is stored only as a hash."""
    _refuse(password, is_username=account.has_username(password) or account.has_username(password.lower()))


def _refuse(password: str, *, is_username: bool) -> None:
    is_weak = is_username or _is_common(password) or password.casefold() in _own_names()
    if settings.PASSWORD_BLOCKLIST and is_weak:
        raise DashboardError(ErrorCode.PASSWORD_WEAK)


def _is_common(password: str) -> bool:
    try:
        _common_passwords().validate(password)
    except ValidationError:
        return True
    return False


@lru_cache(maxsize=1)
def _common_passwords() -> CommonPasswordValidator:
    return CommonPasswordValidator()


def _own_names() -> set[str]:
    host = urlsplit(settings.DASHBOARD_SERVER).hostname or ""
    return {name.casefold() for name in ("dashboard", settings.APPID, host)}
