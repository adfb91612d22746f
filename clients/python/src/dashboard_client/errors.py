"""What can go wrong, as exceptions. Each error code has a class of its own; those that applications treat alike, here.

No exception shows a password, a token or a challenge in its text.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class DashboardError(Exception):
    """An operation that Dashboard has refused, or has not answered. `detail` is a sentence for people.

    `status` is the HTTP status of the answer, 0 if there was none. `retry_after` is the number of seconds after which
    a retry can succeed, where Dashboard has said it. An error code that this release does not know is of this class.
    """

    code: str = ""
    default_status: ClassVar[int] = 400

    def __init__(
        self,
        detail: str = "",
        *,
        code: str = "",
        status: int | None = None,
        retry_after: float | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        self.code = code or self.code
        self.detail = detail or self.code
        self.status = self.default_status if status is None else status
        self.retry_after = retry_after
        super().__init__(f"{self.status} {self.code}: {self.detail}" if self.status else self.detail)


class SignInRequired(DashboardError):
    """There is no session, or it has ended."""

    code = "sign-in-required"
    default_status = 401


class AdministratorRequired(DashboardError):
    """The session is not an administrator's."""

    code = "administrator-required"
    default_status = 403


class CredentialRefused(DashboardError):
    """Dashboard does not accept the credential of the application itself: a fault of its configuration."""

    code = "credential-refused"
    default_status = 401


class CrossOriginRefused(DashboardError):
    """The page of another site has sent a request that changes something."""

    code = "invalid-origin"
    default_status = 403


class SecondFactorRequired(DashboardError):
    """The password is right, and the account has a second factor: complete the sign-in with `challenge`.

    `factors` says what the account can use: "totp", "passkey", "recovery-code". `passkey_options` is for
    `navigator.credentials.get()` of the browser, if there is a passkey.
    """

    code = "second-factor-required"
    default_status = 401

    def __init__(self, detail: str = "", *, data: Mapping[str, Any] | None = None, **said: Any) -> None:
        super().__init__(detail, **said)
        given = data or {}
        self.challenge: str = given.get("challenge", "")
        self.factors: tuple[str, ...] = tuple(given.get("factors", ()))
        self.passkey_options: dict[str, Any] | None = given.get("passkeyOptions")


class Unavailable(DashboardError):
    """Dashboard has not answered in time, or with a fault. Nobody knows whether a session is valid: answer with 503.

    An operation that changes something may have taken effect all the same.
    """

    code = "service-unavailable"
    default_status = 0
