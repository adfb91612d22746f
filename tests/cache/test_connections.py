"""Each form of REDIS_URL, with servers that are started for it: all who ask Redis reach it."""

import asyncio
import gc
import secrets
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, transaction
from environs import ValidationError
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from dashboard.cache import epochs
from dashboard.cache.batches import BatchedLookups
from dashboard.cache.epoch_table import EpochTable
from dashboard.cache.epochs import Epochs
from dashboard.cache.rate_limits import RateLimiter
from dashboard.cache.redis.connections import PrimaryConnection, SentinelURL, as_redis
from dashboard.cache.redis.identity import REPLICA
from dashboard.cache.rows import DIRTY, row_cache
from dashboard.gateway.waiting import Signal
from dashboard_project import environment
from operations.doctor import cache as doctor
from operations.start import refuse_cluster
from tests.gateway.serving import eventually
from tests.operations.doctor.cases import PROBLEM
from throwaway.programs import free_port, program
from throwaway.redis import redis, redis_server, sentinel

pytestmark = pytest.mark.infrastructure


@pytest.fixture
def use(settings: Any) -> Any:
    """Return a function that makes REDIS_URL this URL. The cache then makes a new store, and another one afterwards."""

    def use(url: str) -> None:
        environment.is_redis_url(url)
        settings.REDIS_URL = as_redis(url)
        settings.CACHES = {"default": environment.cache(settings.REDIS_URL)}
        row_cache.forget()

    yield use
    row_cache.forget()


def assert_all_reach_it() -> None:
    """The threads' client, those of the event loop, and the rate limits."""
    row_cache.store.set_many({"one": 1, "other": 2}, 60)
    assert row_cache.store.get_many(("one", "other")) == {"one": 1, "other": 2}
    row_cache.store.set("third", 3, 60)
    assert asyncio.run(looked_up("one", "third")) == {"one": 1, "third": 3}
    asyncio.run(hear_of_it())
    limiter, me = RateLimiter(), secrets.token_hex(8)
    assert [limiter.hit("tests", "1/hour", me) is None for _ in range(2)] == [True, False]
    client = row_cache.store.client.get_client()
    assert any(key.startswith(b"LIMITS") for key in client.keys("*"))


async def looked_up(*keys: str) -> dict[str, Any]:
    """Return what the event loop's client finds."""
    lookups, client = BatchedLookups(row_cache), row_cache.store.client
    try:
        values = await lookups._connected().mget([client.make_key(key) for key in keys])
    finally:
        await lookups.close()
    return {key: client.decode(value) for key, value in zip(keys, values, strict=True)}


async def hear_of_it() -> None:
    """Wait for what Redis announces, as long polls do."""

    async def nothing_happens(*_: Any) -> tuple[int, bool]:
        return 1, False

    signal = Signal(SimpleNamespace(channel=lambda: "a channel", look=None), nothing_happens)
    never = asyncio.get_running_loop().create_future()
    async with asyncio.timeout(30):
        while not signal._is_announced:
            await signal.wait(signal.version, 0.1, unless=never)
        waiting = asyncio.create_task(signal.wait(signal.version, 30, unless=never))
        await asyncio.sleep(0)
        row_cache.announce_now(("a channel",))
        await waiting
    signal.stop()
    await asyncio.wait(signal.tasks)


@pytest.mark.process
@pytest.mark.parametrize(
    "form", ["redis://127.0.0.1:{}/0", "valkey://127.0.0.1:{}/3", "redis://:password@127.0.0.1:{}"]
)
def test_server(use: Any, form: str) -> None:
    with redis(*(["--requirepass", "password"] if "password" in form else [])) as port:
        use(form.format(port))
        assert_all_reach_it()
        refuse_cluster()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1, which is its own authority."""
    folder = tmp_path_factory.mktemp("certificates")
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        [program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject,
         "-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    for path in folder.iterdir():
        path.chmod(0o644)
    for path in (folder, *folder.parents[:3]):  # the server is another user
        path.chmod(path.stat().st_mode | 0o055)
    return folder


@pytest.mark.process
@pytest.mark.parametrize("scheme", ["rediss", "valkeys"])
def test_server_with_tls(use: Any, certificates: Path, scheme: str) -> None:
    tls = ["--tls-port", str(port := free_port()), "--tls-auth-clients", "no"]
    files = ["--tls-cert-file", str(certificates / "certificate.pem"), "--tls-key-file", str(certificates / "key.pem")]
    with redis(*tls, *files):
        use(f"{scheme}://127.0.0.1:{port}/0?ssl_ca_certs={certificates / 'certificate.pem'}")
        assert_all_reach_it()
        use(f"{scheme}://127.0.0.1:{port}/1")  # whose certificate nobody has vouched for
        with pytest.raises(RedisConnectionError, match="certificate verify failed"):
            row_cache.ping()


@pytest.mark.process
def test_answer_that_comes_too_late_is_not_taken_for_that_of_the_next_command() -> None:
    with redis_server() as server:
        pool = SimpleNamespace(
            is_master=True, check_connection=False, get_master_address=lambda: ("127.0.0.1", server.port)
        )
        connection = PrimaryConnection(connection_pool=pool, socket_timeout=0.2)
        connection.send_command("ECHO", "first")
        assert connection.read_response() == b"first"
        server.pause()
        connection.send_command("ECHO", "second")
        with pytest.raises(RedisTimeoutError):
            connection.read_response()
        server.resume()
        connection.send_command("ECHO", "third")
        assert connection.read_response() == b"third"
        connection.disconnect()


@pytest.mark.process
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # redis-py leaves Sentinel's own open
def test_sentinel_names_the_primary_and_the_next_one(use: Any) -> None:
    with ExitStack() as stack:
        first = ExitStack()
        primary = first.enter_context(redis())
        second = stack.enter_context(redis("--replicaof", f"127.0.0.1 {primary}"))
        stack.callback(first.close)
        known = stack.enter_context(sentinel(primary))
        nobody = free_port()
        use(f"redis+sentinel://127.0.0.1:{nobody},127.0.0.1:{known}/dashboard/0")
        eventually(lambda: Redis(port=known).sentinel_slaves("dashboard") != [])
        assert_all_reach_it()
        assert Redis(port=primary).dbsize() > 0
        first.close()
        eventually(is_written)
        row_cache.forget()
        assert_all_reach_it()
        assert Redis(port=second).info("replication")["role"] == "master"
    gc.collect()  # here, where the warning is ignored, and not in whichever test comes later


def be_silent() -> Any:
    raise OperationalError


@pytest.mark.process
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_silent", [False, True], ids=["", "while the database is silent"])
def test_primary_that_becomes_a_replica_is_not_read_any_more(
    use: Any, monkeypatch: pytest.MonkeyPatch, is_silent: bool
) -> None:
    """By connections either that were opened before: its new primary may lack marks."""
    monkeypatch.setattr(epochs, "LEASE_SECONDS", 60)  # or else the lease could end before the database is silent
    with redis_server() as server, redis_server("--replicaof", f"127.0.0.1 {server.port}") as other:
        use(server.url())
        known = Epochs(row_cache.store.client)
        monkeypatch.setattr(row_cache, "epochs", known)
        lease = known.renew()
        assert lease
        assert row_cache.fetch("a row").epoch == lease.epoch
        if is_silent:
            monkeypatch.setattr(known.table, "read", be_silent)
            assert known.renew()
        eventually(lambda: other.client.dbsize() == server.client.dbsize())
        other.client.replicaof("NO", "ONE")
        server.client.replicaof("127.0.0.1", str(other.port))
        eventually(lambda: server.client.info("replication")["master_link_status"] == "up")
        assert row_cache.store.get_many((known.key,)) == {known.key: lease.epoch}
        with ThreadPoolExecutor(1) as keeper:
            assert keeper.submit(known.renew).result()
        assert row_cache.store.client.store() == lease.store
        assert row_cache.fetch("a row").epoch is None


@pytest.fixture
def lead_to(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function that makes the name redis.test lead to this port, for connections that are opened later."""
    look_up = socket.getaddrinfo

    def lead_to(place: int) -> None:
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, port, *more: look_up("127.0.0.1", place if host == "redis.test" else port, *more),
        )

    return lead_to


@pytest.mark.process
@pytest.mark.django_db(transaction=True)
def test_replica_that_does_not_tell_what_it_is_is_left_when_it_refuses_writes(
    use: Any, lead_to: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    without_info = ("--rename-command", "INFO", "")
    with redis_server(*without_info) as former, redis_server(*without_info) as server:
        lead_to(former.port)
        use("redis://redis.test/0")
        known = Epochs(row_cache.store.client)
        monkeypatch.setattr(row_cache, "epochs", known)
        assert row_cache.mark(("a row",))
        lead_to(server.port)
        former.client.replicaof("127.0.0.1", str(server.port))
        assert not row_cache.mark(("a row",))
        assert row_cache.mark(("a row",))
        assert server.client.dbsize() > 0


@pytest.mark.process
@pytest.mark.django_db(transaction=True)
def test_name_that_leads_to_the_new_primary_is_followed(
    use: Any, lead_to: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While connections to the former one, a replica by now, stay open."""
    with (
        redis_server() as former,
        redis_server("--replicaof", f"127.0.0.1 {former.port}") as server,
        ThreadPoolExecutor(1) as keeper,
        ThreadPoolExecutor(1) as thread,
    ):
        lead_to(former.port)
        use("redis://redis.test/0")
        known = Epochs(row_cache.store.client)
        monkeypatch.setattr(row_cache, "epochs", known)
        monkeypatch.setattr(epochs, "LEASE_SECONDS", 60)  # a thread that needs the lease would renew it
        assert keeper.submit(known.renew).result()
        assert thread.submit(row_cache.mark, ("a row",)).result()
        row_cache.store.set("any", 1)  # by a connection of the pool, which stays open
        server.client.replicaof("NO", "ONE")
        server.client.flushall()
        former.client.replicaof("127.0.0.1", str(server.port))
        lead_to(server.port)
        assert keeper.submit(known.renew).result().store == ""
        renewed = keeper.submit(known.renew).result()
        assert renewed.store.startswith(server.client.info("server")["run_id"])
        assert thread.submit(row_cache.mark, ("a row",)).result()
        assert keeper.submit(known.renew).result().epoch == renewed.epoch
        assert thread.submit(row_cache.fetch, "another row").result().epoch == renewed.epoch
        keeper.submit(lambda: connection.close()).result()  # noqa: PLW0108  that of the thread


@pytest.mark.process
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("options", [[], ["--rename-command", "INFO", ""]], ids=["no right", "no command"])
def test_server_that_does_not_tell_what_it_is_can_be_used(
    use: Any, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    with redis_server(*options) as server:
        server.client.acl_setuser(
            "somebody", enabled=True, nopass=True, keys="*", categories=["+@all"], commands=["-info"]
        )
        use(f"redis://somebody:any@127.0.0.1:{server.port}/0")
        monkeypatch.setattr(row_cache, "epochs", Epochs(row_cache.store.client))
        assert row_cache.mark(("a row",))
        assert row_cache.fetch("another row").epoch is not None


def is_written() -> bool:
    try:
        row_cache.store.set_many({"one": 1}, 60)
    except Exception:
        return False
    return True


@pytest.fixture
def use_replica(use: Any, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a context in which the cache, with epochs, uses a replica. It yields a client of that.

    The database names another server, a former primary.
    """

    @contextmanager
    def use_replica(*options: str) -> Iterator[Any]:
        with ExitStack() as stack:
            primary = stack.enter_context(redis("--repl-diskless-sync-delay", "0"))
            port = stack.enter_context(redis("--replicaof", f"127.0.0.1 {primary}", *options))
            it = stack.enter_context(Redis(port=port))
            eventually(lambda: it.info("replication")["master_link_status"] == "up")
            use(f"redis://127.0.0.1:{port}/0")
            client: Any = row_cache.store.client
            EpochTable().claim("a former primary")
            monkeypatch.setattr(row_cache, "epochs", Epochs(client))
            stack.callback(client.get_client().connection_pool.disconnect)
            assert client.store() == REPLICA
            yield it

    return use_replica


def renew_lease() -> None:
    """Renew the lease as the thread that keeps it does, on a connection of its own."""
    with ThreadPoolExecutor(1) as keeper:
        assert keeper.submit(row_cache.epochs.renew).result()


@pytest.mark.process
def test_change_is_marked_at_once_in_a_replica_that_was_promoted_after_the_thread_had_connected(
    use_replica: Any,
) -> None:
    with use_replica() as replica:
        assert not row_cache.mark(("row",))
        replica.replicaof("NO", "ONE")
        renew_lease()
        before = EpochTable().read()
        with transaction.atomic():
            row_cache.mark_dirty("row")
        assert row_cache.store.get_many(("row",)) == {"row": DIRTY}
        assert EpochTable().read() == before  # the change has ended no epoch, and suspended nothing
        assert row_cache.store.client.store() == before.store


@pytest.mark.process
def test_mark_does_not_count_in_a_replica_that_was_promoted_until_the_database_names_it(
    use_replica: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epochs, "LEASE_SECONDS", 60)  # or else the mark could renew it, which names the server
    with use_replica() as replica:
        assert row_cache.epochs.lease(wait=True)
        replica.replicaof("NO", "ONE")
        assert not row_cache.mark(("row",))
        before = EpochTable().read()
        renew_lease()
        assert EpochTable().read().epoch > before.epoch
        assert row_cache.mark(("row",))


@pytest.mark.process
def test_mark_does_not_count_in_a_replica_that_takes_it(use_replica: Any) -> None:
    with use_replica("--replica-read-only", "no"):
        assert not row_cache.mark(("row",))
        assert row_cache.store.get_many(("row",)) == {"row": DIRTY}


@pytest.fixture
def cluster() -> Iterator[int]:
    """Three nodes. Return the port of one."""
    with ExitStack() as stack:
        nodes = [stack.enter_context(redis("--cluster-enabled", "yes")) for _ in range(3)]
        places = [f"127.0.0.1:{port}" for port in nodes]
        create = [program("redis-cli"), "--cluster", "create", *places, "--cluster-yes"]
        subprocess.run(create, check=True, capture_output=True)
        yield nodes[0]


@pytest.mark.process
def test_cluster_is_refused(use: Any, cluster: int) -> None:
    use(f"redis://127.0.0.1:{cluster}/0")
    with pytest.raises(ImproperlyConfigured) as refused:
        refuse_cluster()
    assert "\n" not in str(refused.value)
    assert "REDIS_URL names a node of a Redis Cluster." in str(refused.value)
    assert [finding.severity for finding in doctor.role()] == [PROBLEM]


def test_start_does_not_depend_on_redis(use: Any) -> None:
    use(f"redis://127.0.0.1:{free_port()}/0")
    refuse_cluster()


def test_parts_of_a_url_of_sentinel() -> None:
    named = SentinelURL.parse(
        "rediss+sentinel://user:p%40ss@one,[::1]:5000/service/3?ssl_ca_certs=/ca.pem&sentinel_password=other"
    )
    assert named.hosts == [("one", 26379), ("::1", 5000)]
    assert named.service == "service"
    assert named.options == {
        "username": "user", "password": "p@ss", "db": 3, "ssl_ca_certs": "/ca.pem",
    }  # fmt: skip
    assert named.sentinel_options == {"password": "other", "ssl_ca_certs": "/ca.pem", "ssl": True}


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://host:26379",
        "redis+sentinel://host:26379/",
        "redis+sentinel:///service",
        "redis+sentinel://one,,two/service",
        "redis+sentinel://one:port/service",
        "redis+sentinel://one/service/number",
        "unix+sentinel://one/service",
        "redis://one:6379,two:6379/0",
    ],
)
def test_url_that_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="Must be redis://"):
        environment.is_redis_url(url)


@pytest.mark.parametrize("scheme", ["rediss://one:6379/0", "rediss+sentinel://one:26379/service"])
@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("ssl_ca_certs=/nowhere/ca.pem", "No such file or directory"),
        ("ssl_certfile=/nowhere/certificate.pem", "No such file or directory"),
        ("ssl_ciphers=none-of-them", "No cipher can be selected"),
        ("ssl_min_version=5", "Unsupported TLS/SSL version 0x5"),
        ("ssl_ca_data=nothing", "cadata does not contain a certificate"),
    ],
)
def test_option_of_tls_that_no_connection_could_use_is_refused(scheme: str, option: str, reason: str) -> None:
    name = option.partition("=")[0]
    with pytest.raises(ValidationError, match=rf"Has an option of TLS that cannot be used \({name}\): .*{reason}"):
        environment.is_redis_url(f"{scheme}?{option}")


@pytest.mark.parametrize("password", ["", "&ssl_password=another"])
def test_encrypted_key_needs_its_password(certificates: Path, tmp_path: Path, password: str) -> None:
    """OpenSSL would ask for it on the terminal."""
    key = tmp_path / "encrypted.pem"
    encrypt = ["-in", str(certificates / "key.pem"), "-aes256", "-passout", "pass:its password", "-out", str(key)]
    subprocess.run([program("openssl"), "rsa", *encrypt], check=True, capture_output=True)
    url = f"rediss://one:6379/0?ssl_certfile={certificates / 'certificate.pem'}&ssl_keyfile="
    environment.is_redis_url(f"{url}{certificates / 'key.pem'}")
    environment.is_redis_url(f"{url}{key}&ssl_password=its%20password")
    with pytest.raises(ValidationError, match="Has an option of TLS that cannot be used"):
        environment.is_redis_url(f"{url}{key}{password}")
