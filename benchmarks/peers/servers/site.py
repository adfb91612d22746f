"""The settings that the knox and allauth sites share, as Django's documentation recommends for production."""

import os
from typing import Any

import dj_database_url
import django
from django.conf import settings


def configure(urlconf: str, **more: Any) -> None:
    """Set Django up: connections that stay open, sessions in Redis and the database, the default password hasher."""
    settings.configure(
        SECRET_KEY=os.environ["SECRET_KEY"],
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=urlconf,
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATABASES={"default": dj_database_url.config(conn_max_age=None)},
        CACHES={
            "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": os.environ["REDIS_URL"]}
        },
        SESSION_ENGINE="django.contrib.sessions.backends.cached_db",
        **more,
    )
    django.setup()


def prepare(people: int, password: str) -> None:
    """Create the tables, and people who share one password."""
    from django.contrib.auth.hashers import make_password  # noqa: PLC0415  needs the settings
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    hashed = make_password(password)
    User.objects.bulk_create(User(username=f"somebody{n}@example.org", password=hashed) for n in range(people))
