"""The API's routes. Every app's viewsets register under `user` or `administrator`."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from accounts.views import AdministratorAccounts, GuestAccounts, UserAccounts
from dashboard_project.routes import register
from resetcodes.views import AdministratorResetCodes
from sessions_app.views import AdministratorSessions, GuestSessions, UserSessions

router = SimpleRouter(trailing_slash=False)
register(
    router,
    GuestAccounts,
    UserAccounts,
    AdministratorAccounts,
    GuestSessions,
    UserSessions,
    AdministratorSessions,
    AdministratorResetCodes,
)

urlpatterns = [path("api/", include(router.urls))]

handler400 = "dashboard_project.answers.bad_request"
handler404 = "dashboard_project.answers.not_found"
handler500 = "dashboard_project.answers.server_error"
