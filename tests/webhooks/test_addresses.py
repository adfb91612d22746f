"""Where messages may be sent: nowhere in the internal network, whatever the name, the number or the answer says."""

import socket
import threading
from contextlib import contextmanager
from ipaddress import ip_address, ip_network
from unittest import mock

import pytest

from benchmarks.feed.receiver import receiving
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError
from webhooks.services import sending
from webhooks.services.addresses import is_allowed
from webhooks.services.sending import Message
from webhooks.services.webhooks import SECRET_PREFIX, create_webhook

SECRET = f"{SECRET_PREFIX}MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
INTERNAL = (
    *("127.0.0.1", "127.8.9.10", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("100.100.100.200", "168.63.129.16", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1"),
    *("::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
    *("64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "fec0::1"),
    *("192.0.0.1", "192.0.0.192", "192.0.0.255", "::ffff:192.0.0.192", "3fff::1", "3fff:fff:ffff::1"),
)
EXTERNAL = (
    "1.1.1.1",
    "192.0.1.1",
    "93.184.216.34",
    "2606:4700:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
    "3fff:1000::1",
)


@pytest.mark.parametrize("address", INTERNAL)
def test_internal_address_is_refused(address):
    assert not is_allowed(ip_address(address), [])


@pytest.mark.parametrize("address", EXTERNAL)
def test_address_of_the_internet_is_allowed(address):
    assert is_allowed(ip_address(address), [])


def test_networks_that_a_setting_allows():
    networks = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
    assert is_allowed(ip_address("10.1.2.3"), networks)
    assert is_allowed(ip_address("::ffff:10.1.2.3"), networks)
    assert is_allowed(ip_address("fd00::1"), networks)
    assert not is_allowed(ip_address("192.168.1.1"), networks)


def attempt(sender, url):
    return sender.send(Message("evnt_1", url, b"{}", [SECRET])).result(30)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_message_to_this_machine_is_refused_however_it_is_written(host, sender, settings):
    settings.WEBHOOK_NETWORKS = []
    with receiving() as receiver:
        outcome = attempt(sender, f"http://{host}:{receiver.port}/")
        assert not outcome.is_success
        assert receiver.received == []


def answers(*addresses):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in addresses]
    return mock.patch("socket.getaddrinfo", return_value=found)


def test_name_with_an_internal_address_among_others_is_refused(sender, settings):
    settings.WEBHOOK_NETWORKS = []
    with answers("1.1.1.1", "10.0.0.1"):
        outcome = attempt(sender, "http://app.example.com/")
    assert "10.0.0.1 is not allowed" in outcome.error


def test_connection_goes_to_the_address_that_was_judged(sender):
    """The name is resolved once: a second answer, to another address, is never asked for."""
    with receiving() as receiver, answers("127.0.0.1") as resolving:
        assert attempt(sender, f"http://app.example.com:{receiver.port}/hooks").is_success
        assert resolving.call_count == 1
        assert len(receiver.received) == 1


@contextmanager
def hanging(host):
    """Let the look-up of this name hang until the block ends; yield the names that are looked up."""
    released, looked_up, look_up = threading.Event(), [], socket.getaddrinfo

    def hang(name, *arguments, **options):
        looked_up.append(name)
        if name != host:
            return look_up(name, *arguments, **options)
        released.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with mock.patch("socket.getaddrinfo", hang):
        try:
            yield looked_up
        finally:
            released.set()


def test_name_whose_look_up_hangs_holds_up_no_other(sender):
    with receiving() as receiver, hanging("slow.example.com") as looked_up:
        waiting = [
            sender.send(Message(f"evnt_{number}", "http://slow.example.com/", b"{}", [SECRET])) for number in range(40)
        ]
        assert attempt(sender, f"http://localhost:{receiver.port}/").is_success
        assert looked_up.count("slow.example.com") == 1
    assert all("name resolution" in it.result(30).error for it in waiting)


def test_look_up_that_hangs_longer_than_an_attempt_is_not_begun_again(sender, monkeypatch):
    monkeypatch.setattr(sending, "WHOLE_SECONDS", 0.1)
    with hanging("slow.example.com") as looked_up:
        for _ in range(3):
            assert "no answer" in attempt(sender, "http://slow.example.com/").error
        assert looked_up == ["slow.example.com"]


def test_redirection_is_not_followed(sender):
    with receiving(lambda received: 302) as receiver:
        outcome = attempt(sender, receiver.url)
        assert (outcome.status, outcome.is_success) == (302, False)
        assert len(receiver.received) == 1


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "app.example.com",
            "ftp://app.example.com",
            "https://",
            "https://a:99999/",
            "https://u:p@a.example/",
            "https://:p@a.example/",
        ),
        *("https://a.example/#x", "https://ä.example/", "https://a.example/" + "x" * 500, "javascript:alert(1)"),
        *("https://a.exa\nmple/", "https://a.example/\t", "https://a.example/\x7f", "\x01https://a.example/"),
        *("https://a.example/a b", "https://[::1", "file:///etc/passwd", "http://app.example.com/"),
    ],
)
def test_url_that_is_refused(url, settings, db):
    settings.WEBHOOK_HTTP = False
    with pytest.raises(DashboardError, match="invalid-url"):
        create_webhook(url, [], Actor.command_line())
