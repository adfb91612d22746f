"""A browser, as far as an application notices."""

import json
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPMessage
from typing import Any
from urllib.parse import urlencode

from benchmarks.processes import HOST


@dataclass
class Answer:
    status: int
    headers: HTTPMessage
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Browser:
    """A browser that shows an application: it keeps the cookies, and says which page makes a request."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    set_cookies: list[str] = field(default_factory=list)

    def get(self, path: str, accept: str = "application/json") -> Answer:
        return self.ask("GET", path, None, {"Accept": accept})

    def post(self, path: str, content: dict[str, str] | None = None, site: str = "same-origin") -> Answer:
        headers = {"Content-Type": "application/json", "Sec-Fetch-Site": site}
        return self.ask("POST", path, json.dumps(content or {}), headers)

    def submit(self, path: str, **fields: str) -> Answer:
        """Send a form."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "text/html",
            "Origin": f"http://{HOST}:{self.port}",
        }
        return self.ask("POST", path, urlencode(fields), headers)

    def ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        connection = HTTPConnection(HOST, self.port, timeout=60)
        try:
            cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            connection.request(method, path, body, headers | ({"Cookie": cookie} if cookie else {}))
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read().decode())
        finally:
            connection.close()
        self.set_cookies = response.headers.get_all("Set-Cookie", [])
        for line in self.set_cookies:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in line:
                del self.cookies[name]
        return answer
