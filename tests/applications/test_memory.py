"""The memory of the middleware beside a real Dashboard and its feed."""

from collections.abc import Iterator

import httpx
import pytest
from dashboard_client import Dashboard, Memory
from dashboard_client.gate import Gate
from dashboard_client.generated.models import Session
from dashboard_client.visit import Incoming, Options, Visit

from tests.applications.serving import PASSWORD, credential
from tests.gateway.serving import Server, eventually, serving

pytestmark = pytest.mark.process


class Counting(httpx.HTTPTransport):
    """Counts the checks that are sent."""

    checks = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.checks += request.url.path == "/api/check"
        return super().handle_request(request)


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("dashboard"), RATE_LIMITS="false") as server:
        server.ask("POST", "/api/user/create-account", username="the-owner", password=PASSWORD)
        yield server


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
def client(dashboard: Server, counting: Counting) -> Iterator[Dashboard]:
    with Dashboard(f"http://127.0.0.1:{dashboard.port}", transport=counting, timeout=30) as it:
        yield it


@pytest.fixture
def gate(dashboard: Server, client: Dashboard, request: pytest.FixtureRequest) -> Iterator[Gate]:
    """What the middleware asks, with a memory whose credential has the scope that the test names."""
    token = credential(dashboard, getattr(request, "param", "read-events"))
    with Dashboard(f"http://127.0.0.1:{dashboard.port}", credential=token) as service:
        memory = Memory(service, within=20.0)  # long, because the machine may be busy
        yield Gate(client, memory)
        memory.close()
        memory._beats.close()
        memory._ear.close()


@pytest.fixture
def session(client: Dashboard, request: pytest.FixtureRequest) -> Session:
    person = {"username": f"{request.node.originalname}"[:50], "password": PASSWORD}
    client.user.create_account(**person)
    return client.user.create_session(**person)


def is_signed_in(gate: Gate, session: Session) -> bool:
    headers = {"cookie": f"sessionid={session.sessionid}; token={session.token}"}
    incoming = Incoming(method="GET", target="/", host="app.test", is_secure=False, address="", headers=headers)
    return gate.identify(Visit(incoming, Options())) is not None


def is_remembered(gate: Gate, session: Session, counting: Counting) -> bool:
    before = counting.checks
    assert is_signed_in(gate, session)
    return counting.checks == before


def test_ended_session_is_forgotten(gate: Gate, session: Session, client: Dashboard, counting: Counting) -> None:
    eventually(lambda: is_remembered(gate, session, counting))
    client.signed_in(session).user.set_session_ended(sessionid=session.sessionid)
    eventually(lambda: not is_signed_in(gate, session))


@pytest.mark.exhaustive
def test_whole_account_is_forgotten(gate: Gate, session: Session, client: Dashboard, counting: Counting) -> None:
    eventually(lambda: is_remembered(gate, session, counting))
    client.signed_in(session).user.set_account_deleted(accountid=session.accountid, password=PASSWORD)
    eventually(lambda: not is_signed_in(gate, session))


@pytest.mark.exhaustive
@pytest.mark.parametrize("gate", ["act-for-users"], indirect=True)
def test_without_the_scope_dashboard_is_always_asked(gate: Gate, session: Session, counting: Counting) -> None:
    for _ in range(5):
        assert not is_remembered(gate, session, counting)
