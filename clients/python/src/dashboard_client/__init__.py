"""A client of the Dashboard account service. The README has how to use it, and the middleware that stands on it."""

from dashboard_client.client import AsyncDashboard, Dashboard, async_each, each
from dashboard_client.errors import (
    AdministratorRequired,
    CredentialRefused,
    CrossOriginRefused,
    DashboardError,
    SecondFactorRequired,
    SignInRequired,
    Unavailable,
)
from dashboard_client.memory import Memory
from dashboard_client.transport import ApplicationServer, Browser, Credentials, Identity, ServiceCredential

__all__ = [
    "AdministratorRequired",
    "ApplicationServer",
    "AsyncDashboard",
    "Browser",
    "CredentialRefused",
    "Credentials",
    "CrossOriginRefused",
    "Dashboard",
    "DashboardError",
    "Identity",
    "Memory",
    "SecondFactorRequired",
    "ServiceCredential",
    "SignInRequired",
    "Unavailable",
    "async_each",
    "each",
]
