"""Creating a reset code: the form that asks how it is handed over, and the result that the page shows once."""

from dataclasses import dataclass

from django import forms
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget

from admin_site.actions.base import VERBATIM_INPUT, ActionForm, FormData
from admin_site.pages.tables import local_time
from admin_site.requests import AdminRequest, actor_of
from resetcodes.models import ResetCode
from resetcodes.services import reset_codes
from resetcodes.services.secret_codes import COPIED, SPOKEN

FORMATS = {"copied": COPIED, "spoken": SPOKEN}
CHOICES = [
    ("copied", f"In writing, to be copied: {COPIED.length} characters"),
    (
        "spoken",
        f"Read out, on the telephone: {SPOKEN.length} characters, 15 minutes, {SPOKEN.attempts} attempts",
    ),
]


class ResetCodeForm(ActionForm):
    hand_over = forms.ChoiceField(
        label="How do you hand it over?",
        required=False,
        choices=CHOICES,
        initial="copied",
        widget=UnfoldAdminRadioSelectWidget,
    )
    secret_code = forms.CharField(
        label="Or type a code of your own",
        required=False,
        strip=False,
        widget=UnfoldAdminTextInputWidget(VERBATIM_INPUT),
        help_text="Usually left empty. Only the letters a-z and A-Z and digits are allowed.",
    )


@dataclass(frozen=True)
class NewResetCode:
    """A reset code with its secret, which the page shows once."""

    code: ResetCode
    secret_code: str
    is_generated: bool

    @property
    def expiry(self) -> str:
        return local_time(self.code.works_until)


def create_reset_code(accountid: str, request: AdminRequest, data: FormData) -> NewResetCode:
    """Create the code that was typed, or else generate one in the chosen format."""
    if secret_code := data["secret_code"]:
        return NewResetCode(
            reset_codes.create_reset_code(accountid, secret_code, actor_of(request)), secret_code, is_generated=False
        )
    code_format = FORMATS[data["hand_over"] or "copied"]
    code, secret_code = reset_codes.create_random_reset_code(accountid, actor_of(request), code_format)
    return NewResetCode(code, secret_code, is_generated=True)
