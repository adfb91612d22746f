"""django-rest-knox: sign-in by basic authentication, as its documentation describes, and a view that checks a token."""

import sys

from benchmarks.peers.servers.site import configure, prepare

configure(
    __name__,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", "knox"],
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": ["knox.auth.TokenAuthentication"]},
)

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import path  # noqa: E402
from knox.views import LoginView, LogoutAllView  # noqa: E402
from rest_framework.authentication import BasicAuthentication  # noqa: E402
from rest_framework.permissions import IsAuthenticated  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402


class SignIn(LoginView):
    authentication_classes = (BasicAuthentication,)


class Check(APIView):
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response({"user": request.user.pk})


urlpatterns = [
    path("sign-in", SignIn.as_view()),
    path("check", Check.as_view()),
    path("logoutall", LogoutAllView.as_view()),
]
application = get_wsgi_application()

if __name__ == "__main__":
    prepare(int(sys.argv[1]), sys.argv[2])
