"""Create, change and delete the profiles of an account."""

from collections.abc import Mapping

from django.db import transaction

from accounts.models import Account, Profile
from accounts.profile_fields import read_profile
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError, ErrorCode
from events.models import Action
from events.services.recording import record

EMAILS = ("contact_email", "display_email")


@transaction.atomic
def create_profile(
    accountid: str, given: Mapping[str, str], actor: Actor, *, default: bool, proven: bool = True
) -> Profile:
    """Create a profile of an account, and make it the default one if `default`.

    `given` maps the names of profile fields on the wire to their values. `proven` says whether the password was
    verified recently. Raises invalid-accountid (400 missing, 404 unknown), as `read_profile`, and
    verification-required (403) for a default profile with another email address that is not proven.
    """
    account = Account.objects.get_for_update(accountid)
    profile = Profile(account=account, **read_profile(given))
    if default and not proven:
        _refuse_other_email(account.profile, profile)
    profile.save(force_insert=True)
    if default:
        account.profile = profile
        account.save_fields("profile")
    record(Action.CREATE_PROFILE, accountid, actor, profile.profileid)
    return profile


@transaction.atomic
def update_profile(
    profileid: str, accountid: str, given: Mapping[str, str], actor: Actor, *, proven: bool = True
) -> Profile:
    """Change a profile of this account. `given` and `proven` are as for `create_profile`.

    Raises invalid-profileid (400 missing, 404 unknown), invalid-account (403) for another account's, as
    `read_profile`, and verification-required (403) for another email address that is not proven.
    """
    profile = Profile.objects.get_for_update_own(profileid, accountid)
    columns = read_profile(given)
    if not proven:
        _refuse_other_email(profile, Profile(**{name: getattr(profile, name) for name in EMAILS} | columns))
    for column, value in columns.items():
        setattr(profile, column, value)
    profile.save_fields(*columns)
    record(Action.UPDATE_PROFILE, accountid, actor, profileid)
    return profile


@transaction.atomic
def set_account_profile(accountid: str, profileid: str, actor: Actor, *, proven: bool = True) -> Account:
    """Make a profile the default one of its account. `proven` is as for `create_profile`.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-profileid (400 missing, 404 unknown), invalid-account
    (403) for another account's profile, verification-required (403) for one with another email address that is not
    proven.
    """
    account = Account.objects.get_for_update(accountid)
    profile = Profile.objects.get_for_update_own(profileid, accountid)
    if not proven:
        _refuse_other_email(account.profile, profile)
    account.profile = profile
    account.save_fields("profile")
    record(Action.SET_ACCOUNT_PROFILE, accountid, actor, profileid)
    return account


def _refuse_other_email(before: Profile | None, after: Profile) -> None:
    """Refuse another email address: anyone who receives the mail of an account can often take it over."""
    if any(getattr(before, name, "") != getattr(after, name) for name in EMAILS):
        raise DashboardError(ErrorCode.VERIFICATION_REQUIRED)


@transaction.atomic
def delete_profile(profileid: str, accountid: str, actor: Actor) -> None:
    """Delete a profile of this account.

    Raises invalid-profileid (400 missing, 404 unknown), invalid-profile (409) for the default one, invalid-account
    (403) for another account's.
    """
    account = Account.objects.get_for_update(accountid)
    if profileid and account.profile_id == profileid:
        raise DashboardError(ErrorCode.DEFAULT_PROFILE)
    profile = Profile.objects.get_for_update_own(profileid, accountid)
    profile.delete()
    record(Action.DELETE_PROFILE, accountid, actor, profileid)
