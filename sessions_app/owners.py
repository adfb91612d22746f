"""Remember the account of each session, so that both rows can be looked up together. It never changes."""

from accounts.models import Account

MAX_REMEMBERED = 20_000

_accountid_of: dict[str, str] = {}  # by session id


def remember(sessionid: str, accountid: str) -> None:
    """Remember the account of a session."""
    if sessionid in _accountid_of:
        return
    if len(_accountid_of) >= MAX_REMEMBERED:
        _accountid_of.clear()
    _accountid_of[sessionid] = accountid


def account_key(sessionid: str) -> str:
    """Return the cache key of a session's account, or a key without an entry if the account is not known here."""
    return Account.cache_key(_accountid_of.get(sessionid, ""))
