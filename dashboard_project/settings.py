"""Every setting that Dashboard reads, typed and checked; docs/configuration.md explains each, .env.example lists them.

Code reads `django.conf.settings.NAME` when it needs the value. The rest of this file is Django's own configuration.
"""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from environs import validate

from dashboard import __version__
from dashboard.cache.redis.connections import as_redis
from dashboard.core.addresses import origin_of
from dashboard.db.routers import REPLICA
from dashboard_project import databases, sources
from dashboard_project import environment as checks

BASE_DIR = Path(__file__).resolve().parent.parent

env = sources.SettingsEnv(BASE_DIR)

# How close the defaults below are to the Node Dashboard's contract: docs/differences.md

NODE_COMPATIBILITY = env.str("NODE_COMPATIBILITY", checks.EXTENDED, validate=checks.COMPATIBILITY)
default = checks.Defaults(NODE_COMPATIBILITY)

# Database, cache, secrets

DATA_DIR = Path(
    env.str("DATA_DIR", str(sources.default_directory(BASE_DIR) / "data"), validate=checks.NOT_EMPTY)
).absolute()
_database_url = env.str("DATABASE_URL", None, validate=databases.is_database_url)
DATABASE_URL = _database_url or databases.sqlite_url(checks.made_directory(DATA_DIR) / "dashboard.sqlite3")
READ_DATABASE_URL = env.str("READ_DATABASE_URL", None, validate=databases.is_read_database_url) or None
READ_DATABASE_MAXIMUM_LAG = env.int("READ_DATABASE_MAXIMUM_LAG", 5, validate=databases.LAG)
DB_PREPARED = env.bool("DB_PREPARED", True)
_redis_url = env.str("REDIS_URL", None, validate=checks.is_redis_url)
REDIS_URL = as_redis(_redis_url) if _redis_url else None
databases.check_read_database(READ_DATABASE_URL, DATABASE_URL, REDIS_URL)
SECRET_KEY = env.str("SECRET_KEY", None, validate=checks.NOT_EMPTY) or (
    checks.refuse_missing_secret() if _database_url else checks.kept_secret(DATA_DIR / "secret_key")
)
DASHBOARD_SESSION_KEY = env.list(
    "DASHBOARD_SESSION_KEY", [SECRET_KEY], subcast=checks.stripped, validate=checks.is_key_list
)
DASHBOARD_ENCRYPTION_KEY = env.list(
    "DASHBOARD_ENCRYPTION_KEY", [SECRET_KEY], subcast=checks.stripped, validate=checks.is_key_list
)
IDENTITY_KEYS = env.list("IDENTITY_KEYS", [SECRET_KEY], subcast=checks.stripped, validate=checks.is_signing_key_list)
BCRYPT_WORKLOAD_FACTOR = env.int("BCRYPT_WORKLOAD_FACTOR", 12, validate=checks.BCRYPT_FACTOR)

# Server

APPID = env.str("APPID", "dashboard", validate=validate.Length(min=1, max=255))
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"], subcast=checks.stripped)
DASHBOARD_SERVER = env.str("DASHBOARD_SERVER", "http://localhost:8000", validate=checks.is_server_address)
DASHBOARD_PATH = checks.path_of(DASHBOARD_SERVER)  # "" for a host of its own
HOST = env.str("HOST", "localhost", validate=checks.NOT_EMPTY)
PORT = env.int("PORT", 8000, validate=checks.PORT_NUMBER)
WORKERS = env.int("WORKERS", os.cpu_count() or 1, validate=checks.AT_LEAST_ONE)
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", [], subcast=checks.stripped, validate=checks.is_origin_list)
GATEWAY = env.bool("GATEWAY", True)
BATCH_SCHEDULING = env.bool("BATCH_SCHEDULING", True)
MAXIMUM_CONNECTIONS = env.int("MAXIMUM_CONNECTIONS", 4096, validate=checks.AT_LEAST_ONE)
MAXIMUM_WAITING_PASSWORDS = env.int("MAXIMUM_WAITING_PASSWORDS", 32, validate=validate.Range(min=0))
HEADER_TIMEOUT = env.int("HEADER_TIMEOUT", 15, validate=checks.SECONDS)
BODY_TIMEOUT = env.int("BODY_TIMEOUT", 30, validate=checks.SECONDS)
RESPONSE_TIMEOUT = env.int("RESPONSE_TIMEOUT", 60, validate=checks.SECONDS)
STOP_TIMEOUT = env.int("STOP_TIMEOUT", 30, validate=checks.SECONDS)
STOP_DELAY = env.int("STOP_DELAY", 0, validate=checks.COUNT)
WEBHOOK_HTTP = env.bool("WEBHOOK_HTTP", False)
WEBHOOK_NETWORKS = env.list("WEBHOOK_NETWORKS", [], subcast=checks.network)
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", [], subcast=checks.network)
MAXIMUM_POST_DATA_LENGTH = env.int("MAXIMUM_POST_DATA_LENGTH", 2_000_000, validate=checks.AT_LEAST_ONE)
PROMETHEUS_TOKEN = env.str("PROMETHEUS_TOKEN", None, validate=checks.NOT_EMPTY)
LOG_REQUESTS = env.bool("LOG_REQUESTS", False)
API_DOCS = env.bool("API_DOCS", True)
TIME_ZONE = env.str("TIME_ZONE", "UTC", validate=checks.is_time_zone)

# Cookies. Under https names begin with __Host- or __Secure-. A name for the API that the environment gives is complete

SERVED_BY_HTTPS = urlsplit(DASHBOARD_SERVER).scheme == "https"
_prefix = checks.cookie_prefix(DASHBOARD_SERVER)
_api_prefix = default(_prefix, contract="")
SESSIONID_COOKIE_NAME = env.str("SESSIONID_COOKIE_NAME", f"{_api_prefix}sessionid", validate=checks.is_cookie_name)
TOKEN_COOKIE_NAME = env.str("TOKEN_COOKIE_NAME", f"{_api_prefix}token", validate=checks.is_cookie_name)
ADMIN_COOKIE_NAME = _prefix + env.str("ADMIN_COOKIE_NAME", "dashboard_admin", validate=checks.is_unprefixed_cookie_name)
ADMIN_COOKIE_PATH = "/" if ADMIN_COOKIE_NAME.startswith(checks.HOST_PREFIX) else "/admin/"

# Application server: the web application's own back end, which may call on behalf of its users

APPLICATION_SERVER = env.str("APPLICATION_SERVER", None, validate=checks.is_web_address)
APPLICATION_SERVER_TOKEN = (
    env.str("APPLICATION_SERVER_TOKEN", validate=checks.NOT_EMPTY)
    if APPLICATION_SERVER
    else env.str("APPLICATION_SERVER_TOKEN", None)
)

# Accounts

DISABLE_REGISTRATION = env.bool("DISABLE_REGISTRATION", False)
ALLOW_FIRST_REGISTRATION = env.bool("ALLOW_FIRST_REGISTRATION", default(False, contract=True))
FIRST_ACCOUNT_IS_OWNER = env.bool("FIRST_ACCOUNT_IS_OWNER", default(checks.is_local(DASHBOARD_SERVER), contract=True))
HIDE_ACCOUNT_EXISTENCE = env.bool("HIDE_ACCOUNT_EXISTENCE", False)
DISABLE_METRICS = env.bool("DISABLE_METRICS", False)
DELETE_DELAY = env.int("DELETE_DELAY", 7, validate=validate.Range(min=0, max=36_500))
SESSION_VERIFICATION_DELAY = env.int("SESSION_VERIFICATION_DELAY", 14_400, validate=checks.DELAY)
REQUIRE_RECENT_PROOF = env.bool("REQUIRE_RECENT_PROOF", default(True, contract=False))
REQUIRE_SECOND_FACTOR = env.str("REQUIRE_SECOND_FACTOR", "nobody", validate=checks.WHO)
PASSKEY_DOMAIN = env.str("PASSKEY_DOMAIN", checks.host_of(DASHBOARD_SERVER), validate=checks.is_above(DASHBOARD_SERVER))
PROTECT_ADMINISTRATORS = env.bool("PROTECT_ADMINISTRATORS", default(True, contract=False))
MAXIMUM_FAILED_SIGN_INS = env.int(
    "MAXIMUM_FAILED_SIGN_INS", default(10, contract=0), validate=validate.Range(min=0, max=1000)
)
MAXIMUM_FAILED_SIGN_INS_IN_ALL = env.int("MAXIMUM_FAILED_SIGN_INS_IN_ALL", 100, validate=validate.Range(min=0))
SESSION_IDLE_TIMEOUT = env.int("SESSION_IDLE_TIMEOUT", 0, validate=checks.is_idle_timeout)
OWN_SESSION_WITHOUT_ID = env.bool("OWN_SESSION_WITHOUT_ID", default(True, contract=False))
END_REPLACED_SESSIONS = env.bool("END_REPLACED_SESSIONS", default(True, contract=False))
MAXIMUM_SESSIONS = env.int("MAXIMUM_SESSIONS", 0, validate=checks.COUNT)
RENEW_TOKENS = env.bool("RENEW_TOKENS", default(True, contract=False))
PAGE_SIZE = env.int("PAGE_SIZE", 10, validate=validate.Range(min=1, max=1000))

# Rate limits: by network, or by account where somebody is signed in, and in all

BROWSER_COOKIE_NAME = env.str("BROWSER_COOKIE_NAME", f"{_api_prefix}dashboard_browser", validate=checks.is_cookie_name)
checks.check_cookie_names(
    DASHBOARD_SERVER,
    SESSIONID_COOKIE_NAME=SESSIONID_COOKIE_NAME,
    TOKEN_COOKIE_NAME=TOKEN_COOKIE_NAME,
    BROWSER_COOKIE_NAME=BROWSER_COOKIE_NAME,
    ADMIN_COOKIE_NAME=ADMIN_COOKIE_NAME,
)
RATE_LIMITS = env.bool("RATE_LIMITS", default(True, contract=False))
RATE_LIMIT_SIGN_IN = checks.rates(env, "SIGN_IN", "60/minute;600/hour")
RATE_LIMIT_SIGN_IN_IN_ALL = checks.rates(env, "SIGN_IN_IN_ALL", "")
RATE_LIMIT_FAILED_SIGN_INS = checks.rates(env, "FAILED_SIGN_INS", "50/hour")
RATE_LIMIT_REGISTRATION = checks.rates(env, "REGISTRATION", "10/minute;60/hour")
RATE_LIMIT_REGISTRATION_IN_ALL = checks.rates(env, "REGISTRATION_IN_ALL", "600/minute")
RATE_LIMIT_PASSWORD_RESET = checks.rates(env, "PASSWORD_RESET", "20/minute;100/hour")
RATE_LIMIT_PASSWORD_RESET_IN_ALL = checks.rates(env, "PASSWORD_RESET_IN_ALL", "")
RATE_LIMIT_PASSWORD_PROOF = checks.rates(env, "PASSWORD_PROOF", "30/minute")
RATE_LIMIT_SESSIONS = checks.rates(env, "SESSIONS", "60/minute;600/hour")
RATE_LIMIT_RESET_CODES = checks.rates(env, "RESET_CODES", "20/hour")
RATE_LIMIT_PROFILES = checks.rates(env, "PROFILES", "60/hour")
RATE_LIMIT_EXPORTS = checks.rates(env, "EXPORTS", "30/minute;300/hour")

MINIMUM_USERNAME_LENGTH, MAXIMUM_USERNAME_LENGTH = checks.lengths(env, "USERNAME", 6, 50)
MINIMUM_PASSWORD_LENGTH, MAXIMUM_PASSWORD_LENGTH = checks.lengths(
    env, "PASSWORD", default(8, contract=6), default(128, contract=50)
)
PASSWORD_BLOCKLIST = env.bool("PASSWORD_BLOCKLIST", default(True, contract=False))
RESTRICT_USERNAMES = env.bool("RESTRICT_USERNAMES", default(True, contract=False))
MINIMUM_RESET_CODE_LENGTH, MAXIMUM_RESET_CODE_LENGTH = checks.lengths(env, "RESET_CODE", 6, 50)
RESET_CODE_LIFETIME = env.int("RESET_CODE_LIFETIME", default(86_400, contract=0), validate=checks.LIFETIME)
MAXIMUM_RESET_CODES = env.int("MAXIMUM_RESET_CODES", default(5, contract=0), validate=checks.COUNT)
REVOKE_RESET_CODES = env.bool("REVOKE_RESET_CODES", default(True, contract=False))
REFUSE_TRIVIAL_RESET_CODES = env.bool("REFUSE_TRIVIAL_RESET_CODES", default(True, contract=False))
ADMINISTRATORS_MAY_EXPORT = env.bool("ADMINISTRATORS_MAY_EXPORT", False)

REQUIRE_PROFILE = env.bool("REQUIRE_PROFILE", False)
USER_PROFILE_FIELDS = env.list(
    "USER_PROFILE_FIELDS", ["contact-email", "full-name"], subcast=checks.stripped, validate=checks.are_profile_fields
)
MINIMUM_PROFILE_FULL_NAME_LENGTH, MAXIMUM_PROFILE_FULL_NAME_LENGTH = checks.lengths(env, "PROFILE_FULL_NAME", 1, 50)
MINIMUM_PROFILE_DISPLAY_NAME_LENGTH, MAXIMUM_PROFILE_DISPLAY_NAME_LENGTH = checks.lengths(
    env, "PROFILE_DISPLAY_NAME", 1, 50
)
MINIMUM_PROFILE_COMPANY_NAME_LENGTH, MAXIMUM_PROFILE_COMPANY_NAME_LENGTH = checks.lengths(
    env, "PROFILE_COMPANY_NAME", 1, 50
)

# Django

INSTALLED_APPS = [
    "admin_site",
    "unfold.apps.BasicAppConfig",
    "admin_site.apps.AdministratorsAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "dashboard",
    "dashboard_project",
    "accounts",
    "service_credentials",
    "webhooks",
    "second_factors",
    "sessions_app",
    "resetcodes",
    "events",
    "operations",
    "node_dashboard",
]
MIDDLEWARE = [
    "dashboard.api.security_headers.SecurityHeadersMiddleware",  # first, so that every response has them
    "dashboard.api.middleware.RequestMetricsMiddleware",
    *(["corsheaders.middleware.CorsMiddleware"] if CORS_ALLOWED_ORIGINS else []),
    "dashboard.api.middleware.CookiePathMiddleware",
    "dashboard.api.middleware.JSONErrorMiddleware",
    "dashboard.api.middleware.FastPathMiddleware",  # API routes and monitors end here; below is for the site
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "admin_site.middleware.ErrorPageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "admin_site.middleware.SessionAuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "dashboard_project.urls"
WSGI_APPLICATION = "dashboard_project.wsgi.application"
APPEND_SLASH = False
USE_I18N = False
USE_TZ = True

DATABASES = {"default": databases.database(DATABASE_URL)}
DATABASE_ROUTERS = []
if READ_DATABASE_URL:
    DATABASES[REPLICA] = databases.read_database(READ_DATABASE_URL)
    DATABASE_ROUTERS = ["dashboard.db.routers.ReadRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Without REDIS_URL nothing is cached: caches in the memory of several processes would contradict each other.
CACHES = {"default": checks.cache(REDIS_URL)}

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["accounts.backends.UsernameBackend"]
PASSWORD_HASHERS = ["dashboard.core.crypto.hashers.KeyedBcryptHasher"]
SILENCED_SYSTEM_CHECKS = [
    "admin.E410",  # the administrators' site uses our sessions, not Django's
    "security.W005",  # the host may be shared with an application, whose subdomains are not ours to force to HTTPS
    "security.W008",  # the TLS proxy redirects
    "security.W021",  # as W005
]

CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_METHODS = ["DELETE", "GET", "PATCH", "POST"]
CORS_ALLOW_HEADERS = ["authorization", "content-type"]
CORS_EXPOSE_HEADERS = ["Link", "Retry-After", "WWW-Authenticate", "X-Request-ID"]

SECURE_HSTS_SECONDS = 31_536_000 if SERVED_BY_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", False)
DATA_UPLOAD_MAX_MEMORY_SIZE = MAXIMUM_POST_DATA_LENGTH

STATIC_URL = "/static/"  # below DASHBOARD_PATH: see the storage
STORAGES = {"staticfiles": {"BACKEND": "admin_site.static_files.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# The administrators' site

CSRF_COOKIE_NAME = f"{ADMIN_COOKIE_NAME}_csrf"
CSRF_FAILURE_VIEW = "admin_site.pages.errors.csrf_failure"
CSRF_COOKIE_PATH = ADMIN_COOKIE_PATH
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = SERVED_BY_HTTPS
CSRF_TRUSTED_ORIGINS = [origin_of(DASHBOARD_SERVER)]
MESSAGE_STORAGE = "admin_site.messages.SiteCookieStorage"
SESSION_COOKIE_SECURE = SERVED_BY_HTTPS  # the messages cookie follows it; Django's sessions are not used

UNFOLD = {
    "SITE_TITLE": "Dashboard",
    "SITE_HEADER": "Dashboard",
    "SITE_SYMBOL": "shield_person",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": checks.static_file("admin_site/favicon.svg")},
    ],
    "SITE_URL": None,
    "STYLES": [checks.static_file("admin_site/site.css")],
    "SCRIPTS": [
        checks.static_file("admin_site/expressions.js"),
        checks.static_file("admin_site/times.js"),
        checks.static_file("admin_site/site.js"),
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "ACCOUNT": {
        "navigation": [
            {"title": "Your account", "link": "admin_site.pages.navigation.own_account"},
            {"title": "Your second factors", "link": "admin_site.pages.navigation.own_second_factors"},
        ]
    },
    "SIDEBAR": {"navigation": "admin_site.pages.navigation.navigation"},
    "COLORS": {
        "primary": {  # Tailwind's blue; 500 is lighter, for links on the dark background (contrast 4.5, WCAG AA)
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(67.5% .175 257)",
            "600": "oklch(54.6% .245 262.881)",
            "700": "oklch(48.8% .243 264.376)",
            "800": "oklch(42.4% .199 265.638)",
            "900": "oklch(37.9% .146 265.522)",
            "950": "oklch(28.2% .091 267.935)",
        }
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["sessions_app.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],  # asked on every route, after IsAccount or IsAdministrator
    "DEFAULT_THROTTLE_CLASSES": ["dashboard.api.access.throttling.RateScopeThrottle"],
    "DEFAULT_PARSER_CLASSES": [
        "dashboard.api.parsers.FormParser",
        "dashboard.api.parsers.MultiPartParser",
        "dashboard.api.parsers.JSONParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["dashboard.api.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "dashboard.api.parsers.FixedContentNegotiation",
    "DEFAULT_PAGINATION_CLASS": "dashboard.api.pagination.ListPagination",
    "DEFAULT_SCHEMA_CLASS": "dashboard.api.schema.openapi.RouteSchema",
    "EXCEPTION_HANDLER": "dashboard.api.exception_handler.exception_handler",
    "UNAUTHENTICATED_USER": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Dashboard",
    "DESCRIPTION": (
        "Accounts, sessions and password recovery for a web application.\n\n"
        "Bodies are JSON. The same fields are also read from a form: `application/x-www-form-urlencoded` or"
        " `multipart/form-data`."
    ),
    "VERSION": __version__,
    "OAS_VERSION": "3.1.0",
    "TAGS": [{"name": "user"}, {"name": "administrator"}, {"name": "service"}],
    "SCHEMA_PATH_PREFIX": "/api",
    "POSTPROCESSING_HOOKS": ["dashboard.api.schema.openapi.add_components"],
}

_readable = sys.stderr is not None and sys.stderr.isatty()  # None if standard error is closed
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "dashboard.observability.logging.log_formatter", "readable": _readable}},
    "filters": {
        "exceptions": {
            "()": "django.utils.log.CallbackFilter",
            "callback": "ext://dashboard.observability.logging.has_exception",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "loggers": {
        "dashboard.requests": {"level": "INFO" if LOG_REQUESTS else "WARNING"},
        "django": {"level": "NOTSET"},  # as root: without Django's own handlers, which redact nothing
        # Refused requests are counted; errors are logged by the exception handler.
        "django.request": {"level": "ERROR", "filters": ["exceptions"]},
        "django.security": {"level": "CRITICAL"},  # anyone can cause these all day
    },
    "root": {"handlers": ["stderr"], "level": "INFO" if DEBUG else "WARNING"},
}
