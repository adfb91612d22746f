"""The list of profiles, and the page of each."""

from admin_site.admin.base import AccountRelatedAdmin
from admin_site.admin.filters import AccountFilter, CreatedBetweenFilter, CreatedRecentlyFilter


class ProfileAdmin(AccountRelatedAdmin):
    export_name = "profiles"
    empty_advice = "People fill in a profile when they register, or later, in your application."
    list_display = (
        "row_id",
        "account_link",
        "full_name",
        "contact_email",
        "display_name",
        "display_email",
        "phone",
        "company_name",
        "location",
        "created",
    )
    optional_columns = ("display_name", "display_email", "company_name", "location")
    list_filter = (CreatedRecentlyFilter, CreatedBetweenFilter, AccountFilter)
    fields = (
        "row_id",
        "account_link",
        "full_name",
        "contact_email",
        "display_name",
        "display_email",
        "dob",
        "phone",
        "occupation",
        "location",
        "company_name",
        "website",
        "created",
    )
    readonly_fields = ("row_id", "account_link", "created")
