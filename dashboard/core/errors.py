"""The catalogue of errors: every code on the wire with its status and sentence."""

from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus

from django.conf import settings

from dashboard.core.json import JSON

BAD_REQUEST = HTTPStatus.BAD_REQUEST
UNAUTHORIZED = HTTPStatus.UNAUTHORIZED
FORBIDDEN = HTTPStatus.FORBIDDEN
NOT_FOUND = HTTPStatus.NOT_FOUND
CONFLICT = HTTPStatus.CONFLICT


def _length(subject: str, setting: str) -> str:
    lengths = f"{{settings.MINIMUM_{setting}_LENGTH}} to {{settings.MAXIMUM_{setting}_LENGTH}}"
    return f"{subject} must have {lengths} characters."


_CHARACTERS = (
    "A username can contain letters and digits of one script, punctuation, and single spaces between them. It must not "
    "look like a name in another script."
)


class ErrorCode(Enum):
    """A reason to refuse a request: its code on the wire, its HTTP status, and a sentence for people.

    One code can have several reasons and statuses: invalid-accountid is 400 if the id is missing and 404 if it is
    unknown. A sentence can name settings; `detail` has their values.
    """

    # Any request
    UNKNOWN_ROUTE = "invalid-route", NOT_FOUND, "There is no such route."
    METHOD_NOT_ALLOWED = "invalid-method", HTTPStatus.METHOD_NOT_ALLOWED, "This route takes another method."
    MALFORMED_REQUEST = "invalid-request", BAD_REQUEST, "The request could not be read."
    REQUEST_TOO_LARGE = (
        "invalid-request-length",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "The body is longer than {settings.MAXIMUM_POST_DATA_LENGTH} bytes.",
    )
    UNSUPPORTED_CONTENT_TYPE = (
        "invalid-content-type",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "Send the body as application/x-www-form-urlencoded, multipart/form-data or application/json.",
    )
    CROSS_ORIGIN = "invalid-origin", FORBIDDEN, "Another site may not make this request."
    CREDENTIAL_WRONG = "invalid-credential", UNAUTHORIZED, "The service credential is wrong."
    CREDENTIAL_EXPIRED = "invalid-credential", UNAUTHORIZED, "The service credential has expired."
    CREDENTIAL_REVOKED = "invalid-credential", UNAUTHORIZED, "The service credential was revoked."
    CREDENTIAL_NETWORK = "invalid-network", FORBIDDEN, "The service credential does not work from this address."
    SCOPE_MISSING = "insufficient-scope", FORBIDDEN, "The service credential does not have the scope that this needs."
    PERMISSION_DENIED = "permission-denied", FORBIDDEN, "You may not do this."
    VERIFICATION_REQUIRED = (
        "verification-required",
        FORBIDDEN,
        "Verify your password again first, with set-session-verified.",
    )
    SECOND_FACTOR_ENROLMENT_REQUIRED = (
        "second-factor-enrolment-required",
        FORBIDDEN,
        "Your account needs a second factor first: create one with create-second-factor.",
    )
    CONDITION_INVALID = (
        "invalid-condition",
        FORBIDDEN,
        "A check takes the conditions administrator, owner, and verified with a number of seconds.",
    )
    CHECKED_NOT_ADMINISTRATOR = "administrator-required", FORBIDDEN, "The account is not an administrator."
    CHECKED_NOT_OWNER = "owner-required", FORBIDDEN, "The account is not the owner."
    CHECKED_PROOF_TOO_OLD = (
        "verification-required",
        FORBIDDEN,
        "The password was verified too long ago. Verify it again, with set-session-verified.",
    )
    TOO_MANY_REQUESTS = (
        "too-many-requests",
        HTTPStatus.TOO_MANY_REQUESTS,
        "There were too many requests. Try again later.",
    )
    SERVER_ERROR = "unknown-error", HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on the server."
    SERVICE_UNAVAILABLE = (
        "service-unavailable",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The service is temporarily unavailable. Try again later.",
    )

    OFFSET_INVALID = "invalid-offset", BAD_REQUEST, "The offset must be a number of rows."
    LIMIT_INVALID = "invalid-limit", BAD_REQUEST, "The limit must be a number from 1 to 1000."
    ALL_INVALID = "invalid-all", BAD_REQUEST, "The parameter all must be true or false."

    # Ids
    ACCOUNTID_MISSING = "invalid-accountid", BAD_REQUEST, "The accountid is missing."
    ACCOUNTID_UNKNOWN = "invalid-accountid", NOT_FOUND, "No account has this accountid."
    SESSIONID_MISSING = "invalid-sessionid", BAD_REQUEST, "The sessionid is missing."
    SESSIONID_UNKNOWN = "invalid-sessionid", NOT_FOUND, "No session has this sessionid."
    PROFILEID_MISSING = "invalid-profileid", BAD_REQUEST, "The profileid is missing."
    PROFILEID_UNKNOWN = "invalid-profileid", NOT_FOUND, "No profile has this profileid."
    CODEID_MISSING = "invalid-reset-codeid", BAD_REQUEST, "The codeid is missing."
    CODEID_UNKNOWN = "invalid-reset-codeid", NOT_FOUND, "No reset code has this codeid."

    FACTORID_MISSING = "invalid-factorid", BAD_REQUEST, "The factorid is missing."
    FACTORID_UNKNOWN = "invalid-factorid", NOT_FOUND, "No second factor has this factorid."

    CREDENTIALID_MISSING = "invalid-credentialid", BAD_REQUEST, "The credentialid is missing."
    CREDENTIALID_UNKNOWN = "invalid-credentialid", NOT_FOUND, "No service credential has this credentialid."

    # Webhooks
    WEBHOOKID_MISSING = "invalid-webhookid", BAD_REQUEST, "The webhookid is missing."
    WEBHOOKID_UNKNOWN = "invalid-webhookid", NOT_FOUND, "No webhook has this webhookid."
    DELIVERYID_UNKNOWN = "invalid-deliveryid", NOT_FOUND, "No event that was given up has this deliveryid."
    WEBHOOK_URL = "invalid-url", BAD_REQUEST, "The URL must begin with https://, without a user name and a fragment."
    WEBHOOK_DISABLED = "invalid-webhook", CONFLICT, "The webhook is disabled already."
    WEBHOOK_ENABLED = "invalid-webhook", CONFLICT, "The webhook is not disabled."

    # The feed of events
    CURSOR_INVALID = "invalid-cursor", BAD_REQUEST, "The cursor is none that this feed has given."
    WAIT_INVALID = "invalid-wait", BAD_REQUEST, "The wait must be a number of seconds from 0 to 30."
    ACTION_INVALID = "invalid-action", BAD_REQUEST, "Name actions that exist, separated by commas."
    READER_NAME = (
        "invalid-reader",
        BAD_REQUEST,
        "The reader must have 1 to 50 letters, digits, or . _ -",
    )
    FEED_OVERTAKEN = (
        "feed-overtaken",
        HTTPStatus.GONE,
        "Events that come after this cursor were purged. Read what you need afresh, and start again without a cursor.",
    )
    FEED_RESTARTED = (
        "feed-restarted",
        HTTPStatus.GONE,
        "The database was restored or replaced. Start again with a time from before, and skip events that you know.",
    )
    READERS_BEHIND = (
        "readers-behind",
        CONFLICT,
        "Readers of the feed have not read all of these events yet.",
    )

    EVENTID_UNKNOWN = "invalid-eventid", NOT_FOUND, "No event has this eventid."

    # State
    NOT_OWNED = "invalid-account", FORBIDDEN, "This belongs to another account."
    DELETION_SCHEDULED = "invalid-account", CONFLICT, "The account is scheduled for deletion."
    SIGN_IN_DELETION_SCHEDULED = (
        "invalid-account",
        FORBIDDEN,
        "The account is scheduled for deletion. Restore it to sign in.",
    )
    SIGN_IN_NOT_ADMINISTRATOR = "administrator-required", FORBIDDEN, "Only administrators can sign in here."
    NOT_RESTORABLE = (
        "invalid-account",
        CONFLICT,
        "The account is not scheduled for deletion, or it is too late to restore it.",
    )
    DELETION_ALREADY_SCHEDULED = "invalid-account", CONFLICT, "The account is already scheduled for deletion."
    ADMINISTRATOR_REQUIRED = "administrator-required", FORBIDDEN, "Administrator required"
    SIGN_IN_REQUIRED = "sign-in-required", UNAUTHORIZED, "Sign in required"
    NOT_OWNER = "invalid-account", FORBIDDEN, "Only the owner can do this."
    ADMINISTRATOR_PROTECTED = (
        "invalid-account",
        FORBIDDEN,
        "This is an administrator's account: only the owner can do this.",
    )
    NOT_ADMINISTRATOR = (
        "invalid-account",
        CONFLICT,
        "The account is not an administrator, is the owner, or is scheduled for deletion.",
    )
    OWNER_UNDELETABLE = "invalid-account", CONFLICT, "The owner's account cannot be deleted; transfer ownership first."
    DEFAULT_PROFILE = "invalid-profile", CONFLICT, "The default profile cannot be deleted."
    ALREADY_ADMINISTRATOR = "invalid-account", CONFLICT, "The account is already an administrator."
    ALREADY_OWNER = "invalid-account", CONFLICT, "The account is already the owner."
    NOT_CURRENT_SESSION = "invalid-session", FORBIDDEN, "Only the session that makes the request can be verified."
    SESSION_ENDED = "invalid-session", CONFLICT, "The session has already ended."

    # Sign-in and registration
    REGISTRATION_DISABLED = "registration-disabled", FORBIDDEN, "Registration is disabled."
    USERNAME_MISSING = "invalid-username", BAD_REQUEST, "The username is missing."
    CREDENTIALS_WRONG = (
        "invalid-credentials",
        UNAUTHORIZED,
        "The username or the password is wrong, or there were too many attempts.",
    )
    USERNAME_UNKNOWN = "invalid-username", UNAUTHORIZED, "No account has this username."
    NAMED_USERNAME_UNKNOWN = "invalid-username", NOT_FOUND, "No account has this username."
    USERNAME_LENGTH = "invalid-username-length", BAD_REQUEST, _length("A username", "USERNAME")
    USERNAME_NOT_OWN = "invalid-username", UNAUTHORIZED, "This is not the username of the account."
    NEW_USERNAME_MISSING = "invalid-new-username", BAD_REQUEST, "The new-username is missing."
    NEW_USERNAME_LENGTH = "invalid-new-username-length", BAD_REQUEST, _length("A username", "USERNAME")
    USERNAME_CHARACTERS = "invalid-username", BAD_REQUEST, _CHARACTERS
    NEW_USERNAME_CHARACTERS = "invalid-new-username", BAD_REQUEST, _CHARACTERS
    PASSWORD_WEAK = (
        "weak-password",
        BAD_REQUEST,
        "The password is one of the most common ones, the username, or the name of this service. Choose another one.",
    )
    USERNAME_TAKEN = "duplicate-username", CONFLICT, "The username is already taken."
    PASSWORD_MISSING = "invalid-password", BAD_REQUEST, "The password is missing."
    RESET_PASSWORD_MISSING = "invalid-password", BAD_REQUEST, "The new-password is missing."
    NEW_PASSWORD_MISSING = "invalid-new-password", BAD_REQUEST, "The new-password is missing."
    NEW_PASSWORD_LENGTH = "invalid-new-password-length", BAD_REQUEST, _length("A password", "PASSWORD")
    PASSWORD_WRONG = "invalid-password", UNAUTHORIZED, "The password is wrong."
    ACCOUNT_LOCKED = (
        "account-locked",
        HTTPStatus.TOO_MANY_REQUESTS,
        "There were too many wrong passwords or codes. Try again later.",
    )
    PASSWORD_LENGTH = "invalid-password-length", BAD_REQUEST, _length("A password", "PASSWORD")

    # Second factors
    SECOND_FACTOR_REQUIRED = (
        "second-factor-required",
        UNAUTHORIZED,
        "The password is right. Complete the sign-in with the challenge and a second factor, by complete-session.",
    )
    CHALLENGE_MISSING = "invalid-challenge", BAD_REQUEST, "The challenge is missing."
    CHALLENGE_WRONG = (
        "invalid-challenge",
        UNAUTHORIZED,
        "The challenge is unknown, was used, or has expired. Sign in again.",
    )
    SECOND_FACTOR_CODE_MISSING = "invalid-code", BAD_REQUEST, "The code is missing, or the credential of a passkey."
    SECOND_FACTOR_WRONG = (
        "invalid-code",
        UNAUTHORIZED,
        "The code or the credential is wrong, was used already, or has expired.",
    )
    FACTOR_TYPE = "invalid-factor-type", BAD_REQUEST, "The factor-type must be totp or passkey."
    FACTOR_NAME = (
        "invalid-name",
        BAD_REQUEST,
        "The name must be one line of at most 50 characters.",
    )
    FACTOR_NOT_PENDING = (
        "invalid-factor",
        CONFLICT,
        "The second factor is confirmed already, or was created too long ago. Create another one.",
    )
    TOO_MANY_SECOND_FACTORS = (
        "too-many-second-factors",
        CONFLICT,
        "The account has 10 second factors. Delete one first.",
    )
    NO_SECOND_FACTOR = "invalid-account", CONFLICT, "The account has no second factor."

    # Service credentials
    CREDENTIAL_NAME = "invalid-name", BAD_REQUEST, "The name must be one line of 1 to 50 characters."
    CREDENTIAL_SCOPES = "invalid-scope", BAD_REQUEST, "Name at least one scope, and only scopes that exist."
    CREDENTIAL_NETWORKS = (
        "invalid-network",
        BAD_REQUEST,
        "A network is written like 203.0.113.0/24 or 2001:db8::/32, or as one address. At most 50 are possible.",
    )
    CREDENTIAL_EXPIRY = "invalid-expiry", BAD_REQUEST, "The time at which the credential expires has passed."
    CREDENTIAL_ALREADY_REVOKED = "invalid-credential", CONFLICT, "The service credential is revoked already."

    # Reset codes
    SECRET_CODE_MISSING = "invalid-secret-code", BAD_REQUEST, "The secret-code is missing."
    SECRET_CODE_INVALID = (
        "invalid-secret-code",
        BAD_REQUEST,
        "A secret-code can contain only the letters a-z, A-Z and digits.",
    )
    SECRET_CODE_LENGTH = "invalid-secret-code-length", BAD_REQUEST, _length("A secret-code", "RESET_CODE")

    SECRET_CODE_TRIVIAL = "invalid-secret-code", BAD_REQUEST, "The secret-code is easy to guess; choose a random one."
    TOO_MANY_RESET_CODES = (
        "too-many-reset-codes",
        CONFLICT,
        "The account has {settings.MAXIMUM_RESET_CODES} unused reset codes. Delete one first.",
    )

    RESET_CODE_WRONG = "invalid-reset-code", UNAUTHORIZED, "The reset code is wrong or has expired."

    # Metrics
    METRIC_KEYS_MISSING = "invalid-keys", BAD_REQUEST, "The keys are missing."
    METRIC_KEY_INVALID = (
        "invalid-key",
        BAD_REQUEST,
        "A key has the form name/total, name/YYYY, name/YYYY-MM or name/YYYY-MM-DD.",
    )

    # Profiles
    FULL_NAME = "invalid-full-name", BAD_REQUEST, "The full-name is missing or not one line of text."
    FULL_NAME_LENGTH = "invalid-full-name-length", BAD_REQUEST, _length("A full-name", "PROFILE_FULL_NAME")
    DISPLAY_NAME = "invalid-display-name", BAD_REQUEST, "The display-name is missing or not one line of text."
    DISPLAY_NAME_LENGTH = "invalid-display-name-length", BAD_REQUEST, _length("A display-name", "PROFILE_DISPLAY_NAME")
    COMPANY_NAME = "invalid-company-name", BAD_REQUEST, "The company-name is missing or not one line of text."
    COMPANY_NAME_LENGTH = "invalid-company-name-length", BAD_REQUEST, _length("A company-name", "PROFILE_COMPANY_NAME")
    CONTACT_EMAIL = "invalid-contact-email", BAD_REQUEST, "The contact-email is missing or not an email address."
    DISPLAY_EMAIL = "invalid-display-email", BAD_REQUEST, "The display-email is missing or not an email address."
    DOB = "invalid-dob", BAD_REQUEST, "The dob is missing, not a date written YYYY-MM-DD, or in the future."
    PHONE = "invalid-phone", BAD_REQUEST, "The phone is missing, too long or not one line of text."
    OCCUPATION = "invalid-occupation", BAD_REQUEST, "The occupation is missing, too long or not one line of text."
    LOCATION = "invalid-location", BAD_REQUEST, "The location is missing, too long or not one line of text."
    WEBSITE = "invalid-website", BAD_REQUEST, "The website is missing, too long or not one line of text."

    def __init__(self, code: str, status: HTTPStatus, template: str) -> None:
        self.code, self.status, self.template = code, status, template

    @property
    def detail(self) -> str:
        """The sentence, with the values of the settings that it names."""
        return self.template.format(settings=settings)

    def as_json(self) -> dict[str, str]:
        return {"object": "error", "message": self.code, "detail": self.detail}


class DashboardError(Exception):
    """A documented error. The operation that raises it has changed nothing.

    `retry_after` is the number of seconds after which a retry can succeed, where that is known; `headers` and `fields`
    are further headers of the answer and fields of its body.
    """

    def __init__(
        self,
        error_code: ErrorCode,
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
        fields: JSON | None = None,
    ) -> None:
        super().__init__(error_code.code)
        self.error_code, self.retry_after = error_code, retry_after
        self.headers, self.fields = headers or {}, fields or {}

    def __str__(self) -> str:
        return f"{self.error_code.code}: {self.error_code.detail}"
