"""The files of deploy/ agree with the code: settings, commands and their options, routes, files that are copied."""

import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.test import Client
from django.urls import resolve

PROJECT = Path(settings.BASE_DIR)
DEPLOY = PROJECT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
MANIFESTS = sorted((DEPLOY / "kubernetes").iterdir())
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SETTINGS = set(re.findall(r"^#([A-Z_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE)) | {"ENV_FILE"}
OTHER_VARIABLES = {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
SERVERS_OF_OTHERS = {"proxy", "postgresql", "redis"}
REGULAR = {"purge_deleted_accounts", "purge_sessions", "purge_sign_in_clients", "rollup_metrics", "purge_events"}
HEALTH = {"/health/live", "/health/ready"}


def parsed(command: list[str]) -> str:
    """Parse a command as manage.py does, which refuses unknown options; return its name."""
    name, *arguments = command
    loaded = load_command_class(get_commands()[name], name)
    loaded.create_parser("manage.py", name).parse_args(arguments)
    return name


def are_settings(names: Any) -> bool:
    return {name.removesuffix("_FILE") if name != "ENV_FILE" else name for name in names} <= SETTINGS


# systemd


class Unit(ConfigParser):
    """A unit of systemd, in which a name may have several values."""

    def __init__(self, path: Path) -> None:
        super().__init__(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
        self.text = path.read_text()
        self.read_string(self.text)

    def optionxform(self, optionstr: str) -> str:
        return optionstr

    def all(self, name: str) -> list[str]:
        return re.findall(rf"^{name}=(.*)$", self.text, re.MULTILINE)


def started(unit: Unit) -> Iterator[list[str]]:
    """Return the words of each command line, as systemd reads them."""
    joined = re.sub(r"\\\n\s*", " ", unit.text)
    for line in re.findall(r"^ExecStart(?:Pre)?=(.*)$", joined, re.MULTILINE):
        yield [word.replace("$$", "$") for word in shlex.split(line)]


def commands_of(unit: Unit) -> Iterator[str]:
    for interpreter, *words in started(unit):
        if interpreter == "/bin/sh":
            [script] = words[1:]
            for command in re.findall(r"\.venv/bin/python manage\.py (.+?) \|\|", script):
                yield parsed(shlex.split(command))
        else:
            assert (interpreter, words[0]) == ("/srv/dashboard/.venv/bin/python", "manage.py")
            yield parsed(words[1:])


@pytest.mark.parametrize("path", [it for it in UNITS if it.suffix == ".service"], ids=lambda it: it.name)
def test_services_run_commands_that_there_are(path: Path) -> None:
    unit = Unit(path)
    assert [*commands_of(unit)]
    assert unit["Service"]["User"] == "dashboard"
    assert unit["Service"]["NoNewPrivileges"] == "true"
    assert unit["Service"]["ProtectSystem"] == "strict"
    assert are_settings(line.partition("=")[0] for line in unit.all("Environment"))
    assert set(re.findall(r"http://localhost:8000(\S+)", unit.text)) <= HEALTH


def test_every_regular_task_has_a_timer() -> None:
    timers = [it for it in UNITS if it.suffix == ".timer"]
    commands = [command for it in timers for command in commands_of(Unit(it.with_suffix(".service")))]
    assert sorted(commands) == sorted(REGULAR)


DAILY = sorted(REGULAR - {"purge_deleted_accounts"})


@pytest.mark.parametrize("failing", [*DAILY, ""])
def test_daily_task_that_fails_keeps_no_other_from_running(failing: str, tmp_path: Path) -> None:
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\necho "$2" >> ran\n[ "$2" != "{failing}" ]\n')
    python.chmod(0o755)
    has_failed = False
    for words in started(Unit(DEPLOY / "systemd" / "dashboard-daily.service")):
        command = [word.replace("/srv/dashboard", str(tmp_path)) for word in words]
        has_failed = has_failed or subprocess.run(command, cwd=tmp_path, check=False, timeout=60).returncode != 0
    assert sorted((tmp_path / "ran").read_text().split()) == DAILY
    assert has_failed == bool(failing)


def stop_delay(file: str) -> int:
    """Return the STOP_DELAY that a proxy's configuration asks for."""
    [seconds] = re.findall(r"STOP_DELAY=(\d+)", (DEPLOY / file).read_text())
    return int(seconds)


@pytest.mark.parametrize("proxy", ["nginx.conf", "haproxy.cfg"])
def test_server_is_given_longer_than_its_own_limits(proxy: str) -> None:
    limit = int(Unit(DEPLOY / "systemd" / "dashboard.service")["Service"]["TimeoutStopSec"])
    assert limit > stop_delay(proxy) + settings.STOP_TIMEOUT


@pytest.mark.process
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze") or pytest.skip("needs systemd-analyze")
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for path in UNITS:
        text = re.sub(r"/srv/dashboard/\.venv/bin/python|/usr/bin/curl", str(program), path.read_text())
        text = re.sub(r"^(WorkingDirectory)=.*$", rf"\1={tmp_path}", text, flags=re.MULTILINE)
        (tmp_path / path.name).write_text(text)
    units = [str(tmp_path / it.name) for it in UNITS]
    verified = subprocess.run(
        [analyze, "verify", "--man=no", "--recursive-errors=no", *units],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert (verified.returncode, [it for it in verified.stderr.splitlines() if str(tmp_path) in it]) == (0, [])


# The image


def instructions(name: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.removeprefix(f"{name} ").strip() for line in joined.splitlines() if line.startswith(f"{name} ")]


def test_image_does_not_run_as_root_and_is_pinned() -> None:
    assert instructions("USER") == ["10001:10001"]
    assert DOCKERFILE.index("USER ") > DOCKERFILE.rindex("FROM ")
    images = [line.split()[0] for line in instructions("FROM")]
    assert [*images, *(it["image"] for it in COMPOSE["services"].values())]
    for image in (*images, *(it["image"] for it in COMPOSE["services"].values())):
        _, _, tag = image.partition(":")
        assert tag not in ("", "latest"), image


def test_image_has_an_interpreter_of_a_version_that_is_tested() -> None:
    least = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=")
    assert {line.split()[0] for line in instructions("FROM")} == {f"python:{least}-slim-bookworm"}


def test_what_is_copied_is_there_and_nothing_else_is_sent() -> None:
    sources = [it for line in instructions("COPY") if "--from" not in line for it in line.split()[:-1]]
    assert all((PROJECT / it).exists() for it in sources)
    first, *kept = re.findall(r"^[^#\n].*$", (DEPLOY / "Dockerfile.dockerignore").read_text(), re.MULTILINE)
    assert first == "*"
    sent = {it.removeprefix("!") for it in kept if it.startswith("!")}
    assert all((PROJECT / it).exists() for it in sent)
    packages = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
    assert {*packages, *sources} - {"."} <= sent
    assert sent - {*packages} <= {
        "LICENSE", "MANIFEST.in", "README.md", "pyproject.toml", "requirements.txt", "requirements-dev.txt"
    }  # fmt: skip


def test_variables_of_the_image_are_settings() -> None:
    names = {it.partition("=")[0] for line in instructions("ENV") for it in line.split()}
    build = {"PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_CACHE_DIR"}
    assert are_settings(names - OTHER_VARIABLES - build)


def test_image_serves_and_asks_whether_it_is_alive(client: Client) -> None:
    assert instructions("ENTRYPOINT") == ['["dashboard"]']
    [command] = instructions("CMD")
    assert parsed(yaml.safe_load(command)) == "serve"
    [check] = re.findall(r"HEALTHCHECK .*", DOCKERFILE.replace("\\\n", " "))
    [path] = HEALTH & set(re.findall(r"/health/\w+", check))
    assert path == "/health/live"


@pytest.mark.django_db
@pytest.mark.parametrize("path", sorted(HEALTH))
def test_probes_ask_for_routes_that_there_are(path: str, client: Client) -> None:
    assert resolve(path)
    assert client.get(path).status_code == HTTPStatus.OK


# Compose


def test_variables_of_compose_are_settings() -> None:
    ours = {name: it for name, it in COMPOSE["services"].items() if name not in SERVERS_OF_OTHERS}
    for name, service in ours.items():
        assert are_settings(service["environment"]), name
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        mounted = {it.rsplit("/", 1)[1] for it in map(str, service["environment"].values()) if it.startswith("/run/")}
        assert mounted == {*service["secrets"]} <= {*COMPOSE["secrets"]}


def test_instances_of_compose_stop_as_their_proxy_needs_it() -> None:
    instances = [it for name, it in COMPOSE["services"].items() if name.startswith("dashboard-")]
    for instance in instances:
        delay = int(instance["environment"].get("STOP_DELAY", 0))
        assert delay == stop_delay("nginx.conf")
        assert int(instance["stop_grace_period"].removesuffix("s")) > delay + settings.STOP_TIMEOUT


def test_commands_of_compose_are_ours() -> None:
    services = COMPOSE["services"]
    assert {parsed(services[name]["command"]) for name in ("migrate", "deliver")} == {"migrate", "deliver"}
    lines = re.findall(r"^ *dashboard (.*)$", services["tasks"]["command"][0], re.MULTILINE)
    assert {parsed(shlex.split(line)) for line in lines} == REGULAR


def test_proxy_of_compose_is_trusted_and_knows_its_instances() -> None:
    services = COMPOSE["services"]
    address = services["proxy"]["networks"]["dashboard"]["ipv4_address"]
    instances = {name for name in services if name.startswith("dashboard-")}
    assert instances == set(re.findall(r"server (dashboard-\d):8000", (DEPLOY / "nginx.conf").read_text()))
    assert {services[name]["environment"]["TRUSTED_PROXIES"] for name in instances} == {address}
    for service in services.values():
        assert {*service.get("depends_on", {})} <= {*services}


# Kubernetes


def documents() -> list[dict[str, Any]]:
    return [document for path in MANIFESTS for document in yaml.safe_load_all(path.read_text())]


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [it for it in documents() if it["kind"] == kind]


def pods() -> list[dict[str, Any]]:
    """Return the specification of each pod."""
    templates = [it["spec"]["template"] for kind in ("Deployment", "Job") for it in of_kind(kind)]
    templates += [it["spec"]["jobTemplate"]["spec"]["template"] for it in of_kind("CronJob")]
    return [it["spec"] for it in templates]


def containers() -> list[dict[str, Any]]:
    return [container for pod in pods() for container in pod["containers"]]


def test_kinds_of_kubernetes_are_there() -> None:
    kinds = {"ConfigMap", "Deployment", "Service", "PodDisruptionBudget", "CronJob", "Job", "NetworkPolicy"}
    assert {it["kind"] for it in documents()} == kinds


def test_containers_of_kubernetes_run_our_commands() -> None:
    commands = [parsed(it["args"]) for it in containers()]
    assert sorted(commands) == sorted({*REGULAR, "serve", "deliver", "migrate"})
    assert {it["image"] for it in containers()} == {COMPOSE["services"]["dashboard-1"]["image"]}


def test_containers_of_kubernetes_may_do_little() -> None:
    for pod in pods():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert (
            f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}" == instructions("USER")[0]
        )
        assert {it["name"] for it in pod["volumes"]} == {"tmp"}
    for container in containers():
        context = container["securityContext"]
        assert (context["readOnlyRootFilesystem"], context["allowPrivilegeEscalation"]) == (True, False)
        assert [it["mountPath"] for it in container["volumeMounts"]] == ["/tmp"]


def test_variables_of_kubernetes_are_settings() -> None:
    [config] = of_kind("ConfigMap")
    assert are_settings(config["data"])
    assert all(isinstance(it, str) for it in config["data"].values())
    references = [it for container in containers() for it in container["envFrom"]]
    assert {it["configMapRef"]["name"] for it in references if "configMapRef" in it} == {config["metadata"]["name"]}
    assert {it["secretRef"]["name"] for it in references if "secretRef" in it} == {"dashboard", "dashboard-owner"}


def test_probes_of_kubernetes_ask_the_port_of_the_server() -> None:
    [server] = [it for it in containers() if it["args"] == ["serve"]]
    probes = {name: server[name]["httpGet"] for name in ("readinessProbe", "livenessProbe", "startupProbe")}
    assert {it["path"] for it in probes.values()} == HEALTH
    assert probes["readinessProbe"]["path"] == "/health/ready"
    [port] = server["ports"]
    assert {it["port"] for it in probes.values()} == {port["name"]}
    assert str(port["containerPort"]) == of_kind("ConfigMap")[0]["data"]["PORT"]


def test_services_and_budgets_of_kubernetes_select_the_server() -> None:
    [deployment] = [it for it in of_kind("Deployment") if it["metadata"]["name"] == "dashboard"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    [service], [budget] = of_kind("Service"), of_kind("PodDisruptionBudget")
    assert service["spec"]["selector"] == budget["spec"]["selector"]["matchLabels"] == labels
    assert budget["spec"]["minAvailable"] < deployment["spec"]["replicas"]
    pod = deployment["spec"]["template"]["spec"]
    [pause] = [int(it["lifecycle"]["preStop"]["exec"]["command"][1]) for it in pod["containers"]]
    assert pod["terminationGracePeriodSeconds"] > pause + settings.STOP_TIMEOUT


def test_pods_whose_address_is_trusted_cannot_all_connect_to_the_server() -> None:
    [deployment] = [it for it in of_kind("Deployment") if it["metadata"]["name"] == "dashboard"]
    [policy] = [it["spec"] for it in of_kind("NetworkPolicy")]
    assert policy["podSelector"]["matchLabels"] == deployment["spec"]["template"]["metadata"]["labels"]
    assert policy["policyTypes"] == ["Ingress"]
    [rule] = policy["ingress"]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert [(it["protocol"], it["port"]) for it in rule["ports"]] == [("TCP", it["name"]) for it in container["ports"]]
    for peer in rule["from"]:  # a selector that is empty or missing selects everything
        assert peer.keys() == {"namespaceSelector", "podSelector"}
        assert all(selector["matchLabels"] for selector in peer.values())
    names = [it["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for it in rule["from"]]
    assert names == ["ingress-nginx", "prometheus"]


# The documentation


def test_documentation_names_every_file() -> None:
    page = (PROJECT / "docs" / "deployment.md").read_text() + (PROJECT / "docs" / "operations.md").read_text()
    for path in (*DEPLOY.iterdir(), *UNITS, *MANIFESTS):
        if path.name != "Dockerfile.dockerignore":
            assert path.name in page, path.name
