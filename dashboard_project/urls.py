"""The API's routes: every app's viewsets register under `user` or `administrator`. And the administrators' site."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from rest_framework.routers import SimpleRouter

from accounts.views.administrators import AdministratorAccountViewSet
from accounts.views.events import UserEventViewSet
from accounts.views.profiles import AdministratorProfileViewSet, UserProfileViewSet
from accounts.views.public import PublicAccountViewSet
from accounts.views.users import UserAccountViewSet
from admin_site.pages.front import front_page
from dashboard.api.routing import register
from dashboard.api.schema.views import ServiceViewSet, document, explorer
from dashboard.monitoring import health, metrics_view
from events.views import AdministratorEventViewSet, AdministratorMetricViewSet, FeedViewSet
from operations.views import UserExportViewSet
from resetcodes.views import (
    AdministratorResetCodeViewSet,
    PublicResetCodeViewSet,
    ServiceResetCodeViewSet,
    UserResetCodeViewSet,
)
from second_factors.views import AdministratorSecondFactorViewSet, UserSecondFactorViewSet
from service_credentials.views import ServiceCredentialViewSet
from sessions_app.key_set import key_set
from sessions_app.views import AdministratorSessionViewSet, CheckViewSet, PublicSessionViewSet, UserSessionViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
register(router, PublicAccountViewSet, UserAccountViewSet, AdministratorAccountViewSet)
register(router, UserProfileViewSet, AdministratorProfileViewSet)
register(router, CheckViewSet, PublicSessionViewSet, UserSessionViewSet, AdministratorSessionViewSet)
register(router, UserSecondFactorViewSet, AdministratorSecondFactorViewSet)
register(router, PublicResetCodeViewSet, UserResetCodeViewSet, AdministratorResetCodeViewSet)
register(router, AdministratorEventViewSet, AdministratorMetricViewSet, UserEventViewSet, FeedViewSet)
register(router, UserExportViewSet)
register(router, ServiceCredentialViewSet, ServiceResetCodeViewSet)
register(router, ServiceViewSet)

monitors = [
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", metrics_view.metrics_view),
]

urlpatterns = [
    path("", front_page, name="front"),
    *monitors,
    path("api/", include(router.urls)),
    path("api/openapi.json", document, name="openapi"),
    path("api/docs", explorer, name="docs"),
    path(".well-known/jwks.json", key_set, name="jwks"),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
]
