"""Messages in the format of Standard Webhooks, and receivers that are slow, broken or hostile."""

import socket
import threading
from contextlib import contextmanager

import pytest

from webhooks.services import sending
from webhooks.services.sending import Message, signature

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_signature_of_the_specification():
    """The example of the libraries of Standard Webhooks."""
    body = b'{"test": 2432232314}'
    signed = signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@contextmanager
def peer(*parts: bytes, pause: float = 0.0):
    """Listen, and answer each connection with these bytes, with a pause after each."""
    listening, stop = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def serve() -> None:
        while not stop.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(65_536)
                for part in parts:
                    try:
                        connection.sendall(part)
                    except OSError:
                        break
                    if stop.wait(pause):
                        break

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        stop.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def attempt(sender, url):
    return sender.send(Message("evnt_1", url, b"{}", [SECRET])).result(30)


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 999999 X\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"]
)
def test_answer_that_is_none_is_a_failure(answer, sender):
    with peer(answer) as url:
        outcome = attempt(sender, url)
        assert not outcome.is_success
        assert outcome.reason


def test_receiver_that_drips_its_answer_is_given_up(sender, monkeypatch):
    monkeypatch.setattr(sending, "WHOLE_SECONDS", 1.0)
    with peer(*[b"HTTP/1.1 200 OK\r\n"], *[b"X: y\r\n"] * 600, pause=0.05) as url:
        assert attempt(sender, url).error == "There was no answer within 1 seconds."


def test_answer_without_an_end_is_read_only_in_part(sender):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with peer(head, *[b"4000\r\n" + b"x" * 0x4000 + b"\r\n"] * 100) as url:
        assert attempt(sender, url).status == 200


def test_nobody_listens(sender):
    with socket.create_server(("127.0.0.1", 0)) as place:
        port = place.getsockname()[1]
    outcome = attempt(sender, f"http://127.0.0.1:{port}/")
    assert outcome.error
    assert attempt(sender, "http://nowhere.invalid/").error


def test_certificate_is_verified(sender):
    with peer(b"HTTP/1.1 200 OK\r\n\r\n") as url:
        assert not attempt(sender, url.replace("http:", "https:")).is_success
