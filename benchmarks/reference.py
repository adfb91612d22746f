"""The references of the benchmark: a bare DRF viewset that returns a constant, without and with an MGET before it."""

import os

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="benchmark",  # noqa: S106
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["rest_framework"],
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
    CACHES={"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": os.environ["REDIS_URL"]}},
)
django.setup()

from django.core.cache import cache  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402
from rest_framework.decorators import action  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.routers import SimpleRouter  # noqa: E402
from rest_framework.viewsets import ViewSet  # noqa: E402

ANSWER = {"object": "session", "sessionid": "sess_b0b52a2d89a5669d", "duration": 1200, "ended": False}


class Reference(ViewSet):
    @action(detail=False)
    def constant(self, request: Request) -> Response:
        return Response(ANSWER)

    @action(detail=False)
    def mget(self, request: Request) -> Response:
        cache.get_many(["one", "other"])
        return Response(ANSWER)


router = SimpleRouter(trailing_slash=False)
router.register("reference", Reference, basename="reference")
urlpatterns = [path("", include(router.urls))]
application = get_wsgi_application()
