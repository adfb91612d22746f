"""Check what readers of the feed and webhooks get while writers overlap and workers are killed."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from accounts.models import Account
from benchmarks.feed.receiver import Received, Receiver, receiving
from dashboard.core.actor import Actor
from events.models import Action, Event
from events.services import feed
from webhooks.models import Delivery
from webhooks.services.webhooks import create_webhook

PROJECT = Path(__file__).resolve().parents[2]
SECONDS = 3600
BROKEN = 0.002  # of the receivers' answers are errors


@dataclass
class Findings:
    """The results; `faults` is empty if every promise was kept."""

    events: int = 0
    kills: int = 0
    pages: int = 0
    sent: int = 0
    seconds_of_writers: float = 0.0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


class Processes:
    """Processes of this project that use the same database as this process."""

    def __init__(self) -> None:
        config = connection.settings_dict
        login = f"{config['USER']}:{config['PASSWORD']}" if config["PASSWORD"] else config["USER"]
        url = f"postgresql://{login}@{config['HOST']}:{config['PORT'] or 5432}/{config['NAME']}"
        self.environment = os.environ | {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "dashboard_project.settings",
            "SECRET_KEY": settings.SECRET_KEY,
            "WEBHOOK_HTTP": "true",
            "WEBHOOK_NETWORKS": "127.0.0.0/8",
        }
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=PROJECT, env=self.environment, stderr=subprocess.DEVNULL
        )
        self.started.append(process)
        return process

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()


def run(events: int, *, writers: int, workers: int, kills: int, seed: int = 1) -> Findings:
    """Write this many events while a reader reads and workers deliver them. Kill some workers with SIGKILL."""
    findings, chance = Findings(), random.Random(seed)
    answers = random.Random(seed)
    with ExitStack() as stack:
        receivers = [stack.enter_context(receiving(lambda it: 500 if answers.random() < BROKEN else 204)) for _ in "ab"]
        for receiver, in_order in zip(receivers, (False, True), strict=True):
            create_webhook(receiver.url, [Action.UPDATE_PROFILE], Actor.command_line(), in_order=in_order)
        processes = Processes()
        stack.callback(processes.end)
        begun, cursor = time.monotonic(), feed.from_now()
        writing = [
            processes.start("-m", "benchmarks.feed.writer", str(seed * 1000 + number), str(events // writers))
            for number in range(writers)
        ]
        delivering = [processes.start("manage.py", "deliver") for _ in range(workers)]
        read: list[Event] = []
        killed = 0
        while not _is_over(writing, receivers, findings, begun):
            page = feed.read(cursor, {Action.UPDATE_PROFILE}, 50)
            cursor, findings.pages = page.cursor, findings.pages + 1
            read += page.events
            if killed < kills and len(receivers[0].known) > events * (killed + 1) / (kills + 1):
                victim = chance.randrange(workers)
                delivering[victim].send_signal(signal.SIGKILL)
                delivering[victim] = processes.start("manage.py", "deliver")
                killed += 1
            if not page.events:
                time.sleep(0.2)
        findings.kills = killed
        findings.seconds = time.monotonic() - begun
        read += feed.read(cursor, {Action.UPDATE_PROFILE}, 1000).events
        findings.events, findings.sent = Event.objects.filter(action=Action.UPDATE_PROFILE).count(), 0
        _judge("the feed", ((it.public_id, it.accountid, it.details) for it in read), findings)
        for receiver, name in zip(receivers, ("a webhook", "a webhook in order"), strict=True):
            findings.sent += len(receiver.received)
            _judge(name, (_facts(it) for it in receiver.first_arrivals()), findings)
    return findings


def _is_over(writing: list[Any], receivers: list[Receiver], findings: Findings, begun: float) -> bool:
    if time.monotonic() - begun > SECONDS:
        findings.faults.append("It took too long.")
        return True
    if any(it.poll() is None for it in writing):
        return False
    findings.seconds_of_writers = findings.seconds_of_writers or time.monotonic() - begun
    if any(it.returncode for it in writing):
        findings.faults.append("A writer has failed.")
        return True
    total = Event.objects.filter(action=Action.UPDATE_PROFILE).count()
    return all(len(it.known) >= total for it in receivers) and not Delivery.objects.exists()


def _facts(received: Received) -> tuple[str, str, str]:
    return received.messageid, received.data["accountid"], received.data["details"]


def _judge(name: str, got: Iterable[tuple[str, str, str]], findings: Findings) -> None:
    """Compare what arrived with what was committed: each event once, and those of an account in commit order."""
    arrived, numbers = [], defaultdict(list)
    for eventid, accountid, number in got:
        arrived.append(eventid)
        numbers[accountid].append(int(number))
    if len(arrived) != len(set(arrived)) or len(arrived) != findings.events:
        findings.faults.append(f"{name}: {len(arrived)} events, {len(set(arrived))} different, of {findings.events}")
    expected = dict(Account.objects.filter(failed_sign_ins__gt=0).values_list("pk", "failed_sign_ins"))
    for accountid, last in expected.items():
        if numbers[accountid] != list(range(1, last + 1)):
            findings.faults.append(f"{name}: {accountid} has {numbers[accountid][:20]}… instead of 1 to {last}")
