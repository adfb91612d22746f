"""The list of unused reset codes, and the page of each."""

from django.contrib.admin import display

from admin_site.actions.admin import ServiceActionAdmin
from admin_site.actions.sessions import RESET_CODE_ACTIONS
from admin_site.admin.base import AccountRelatedAdmin
from admin_site.admin.filters import AccountFilter, CreatedBetweenFilter, CreatedRecentlyFilter
from admin_site.pages.links import account_name
from admin_site.pages.tables import works_until
from resetcodes.models import ResetCode


class ResetCodeAdmin(AccountRelatedAdmin, ServiceActionAdmin):
    export_name = "reset-codes"
    service_actions = RESET_CODE_ACTIONS
    empty_advice = "To create a code for a person who has lost their password, open their account."
    list_display = ("row_id", "account_link", "created", "works_until")
    list_filter = (CreatedRecentlyFilter, CreatedBetweenFilter, AccountFilter)
    fields = ("row_id", "account_link", "created", "works_until")
    readonly_fields = ("row_id", "account_link", "created", "works_until")

    def describe(self, row: ResetCode) -> str:
        return account_name(row.account)

    @display(description="Works until")
    def works_until(self, code: ResetCode) -> str:
        return works_until(code)
