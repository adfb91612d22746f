"""A minimal browser for the administrators' site, on one connection."""

import re
import time
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"
TOKEN = re.compile(r'csrfmiddlewaretoken" value="([^"]+)"')


class Browser:
    """A signed-in administrator."""

    def __init__(self, host: str, port: int, username: str, password: str) -> None:
        self.connection = HTTPConnection(host, port, timeout=120)
        response, page = self._ask("GET", "login/", {})
        token = TOKEN.search(page)
        self.csrf_cookie = _cookies(response)
        fields = {"csrfmiddlewaretoken": token[1] if token else "", "username": username, "password": password}
        headers = {"Cookie": _cookies(response), "Content-Type": FORM}
        response, _ = self._ask("POST", "login/", headers, urlencode(fields))
        self.cookie = f"{_cookies(response)}; {self.csrf_cookie}"
        self.open("")

    def open(self, path: str) -> float:
        """Return how many milliseconds a page took, up to its last byte. Raises RuntimeError if it fails."""
        started = time.perf_counter()
        response, _ = self._ask("GET", path, {"Cookie": self.cookie})
        if response.status != 200:
            raise RuntimeError(f"/admin/{path}: {response.status}")
        return (time.perf_counter() - started) * 1000

    def export(self, path: str) -> float:
        """Return how many milliseconds the first part of an exported list took. Raises RuntimeError if it fails."""
        _, page = self._ask("GET", path, {"Cookie": self.cookie})
        token = TOKEN.search(page)
        body = urlencode({"csrfmiddlewaretoken": token[1] if token else ""})
        started = time.perf_counter()
        self.connection.request("POST", f"/admin/{path}", body, {"Cookie": self.cookie, "Content-Type": FORM})
        response = self.connection.getresponse()
        if response.status != 200 or not (response.readline() and response.readline()):
            raise RuntimeError(f"/admin/{path}: {response.status}")
        milliseconds = (time.perf_counter() - started) * 1000
        self.connection.close()  # the rest is not needed
        return milliseconds

    def some_id(self, name: str) -> str:
        """Return the id of the last row on the first page of a list. The first row could be the administrator's own."""
        _, page = self._ask("GET", f"{name}/", {"Cookie": self.cookie})
        *_, found = re.finditer(rf"/admin/{name}/(\w+)/change/", page)
        return found[1]

    def _ask(self, method: str, path: str, headers: dict[str, str], body: str = "") -> tuple[HTTPResponse, str]:
        self.connection.request(method, f"/admin/{path}", body, headers)
        response = self.connection.getresponse()
        return response, response.read().decode()


def _cookies(response: HTTPResponse) -> str:
    return "; ".join(cookie.partition(";")[0] for cookie in response.headers.get_all("Set-Cookie", []))
