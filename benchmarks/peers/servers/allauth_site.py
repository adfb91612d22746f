"""django-allauth, headless only, with its list of a user's sessions (`allauth.usersessions`)."""

import sys

from benchmarks.peers.servers.site import configure, prepare

OFTEN = "1000000/m/ip"

configure(
    __name__,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "allauth",
        "allauth.account",
        "allauth.headless",
        "allauth.usersessions",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
        "allauth.usersessions.middleware.UserSessionsMiddleware",
    ],
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    HEADLESS_ONLY=True,
    HEADLESS_CLIENTS=("app",),
    ACCOUNT_LOGIN_METHODS={"username"},
    ACCOUNT_EMAIL_VERIFICATION="none",
    # High enough to refuse nothing, so that the cost of rate limits is measured, but not refusals.
    ACCOUNT_RATE_LIMITS={"login": OFTEN, "login_failed": OFTEN},
)

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402

urlpatterns = [path("accounts/", include("allauth.urls")), path("_allauth/", include("allauth.headless.urls"))]
application = get_wsgi_application()

if __name__ == "__main__":
    prepare(int(sys.argv[1]), sys.argv[2])
