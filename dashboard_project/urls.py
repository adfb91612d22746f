"""The API's routes: every app's viewsets register under `user` or `administrator`. And the administrators' site."""

from django.contrib import admin
from django.urls import include, path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView
from rest_framework.routers import SimpleRouter

from accounts.views.administrators import AdministratorAccounts
from accounts.views.events import UserEvents
from accounts.views.guests import GuestAccounts
from accounts.views.profiles import AdministratorProfiles, UserProfiles
from accounts.views.users import UserAccounts
from dashboard.api.routing import register
from dashboard.api.schema.views import Explorer, Service, document
from dashboard.monitoring import health, metrics_view
from events.views import AdministratorEvents, AdministratorMetrics
from operations.views import UserExport
from resetcodes.views import AdministratorResetCodes, GuestResetCodes, UserResetCodes
from sessions_app.views import AdministratorSessions, GuestSessions, UserSessions

router = SimpleRouter(trailing_slash=False)
register(router, GuestAccounts, UserAccounts, AdministratorAccounts)
register(router, UserProfiles, AdministratorProfiles)
register(router, GuestSessions, UserSessions, AdministratorSessions)
register(router, GuestResetCodes, UserResetCodes, AdministratorResetCodes)
register(router, AdministratorEvents, AdministratorMetrics, UserEvents)
register(router, UserExport)
register(router, Service)

monitors = [  # asked by address: see middleware.py
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", metrics_view.metrics_view),
]

urlpatterns = [
    *monitors,
    path("api/", include(router.urls)),
    path("api/openapi.json", document, name="openapi"),
    path("api/docs", require_safe(Explorer.as_view()), name="docs"),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
]
