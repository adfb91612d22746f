"""Generate load with wrk: send requests in turn, on several connections, for some seconds."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import NamedTemporaryFile

CONNECTIONS = 16
PATIENCE = 60  # seconds; long enough that a busy machine worsens figures, but never causes an error

SCRIPT = """
local requests = {%s}
local turn = 0
request = function() turn = turn %% #requests + 1 return requests[turn] end
%s
done = function(summary, latency)
  local failed = summary.errors
  io.stderr:write(string.format('{"requests": %%d, "microseconds": %%d, "p50": %%f, "p99": %%f, "failed": %%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    failed.connect + failed.read + failed.write + failed.status + failed.timeout))
end
"""


@dataclass(frozen=True)
class Request:
    """One request to a server."""

    method: str
    url: str
    cookie: str = ""
    form: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def all_headers(self) -> dict[str, str]:
        """The headers that are sent, without Host."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": self.cookie, **dict(self.headers)}
        return {name: value for name, value in headers.items() if value}

    def as_lua(self) -> str:
        _, _, host, path = self.url.split("/", 3)
        table = ", ".join(f'["{name}"] = "{value}"' for name, value in {"Host": host, **self.all_headers}.items())
        return f'wrk.format("{self.method}", "/{path}", {{{table}}}, "{self.form}")'


@dataclass(frozen=True)
class Figures:
    """Requests per second, and the 50th and 99th percentiles of their times in milliseconds."""

    rate: float
    p50: float = 0
    p99: float = 0


def medians(rounds: Sequence[Figures]) -> Figures:
    return Figures(median(it.rate for it in rounds), median(it.p50 for it in rounds), median(it.p99 for it in rounds))


class Load:
    """Requests that are sent in turn."""

    def __init__(self, requests: list[Request], connections: int = CONNECTIONS) -> None:
        self.requests, self.connections = requests, connections

    def drive(self, seconds: int, delay: float = 0) -> Figures:
        """Send the requests for this many seconds. Exits if one fails, so that only successful ones are measured.

        With a delay, each connection waits for this many seconds before each request.
        """
        pause = f"delay = function() return {round(delay * 1000)} end" if delay else ""
        with NamedTemporaryFile("w", suffix=".lua") as script:
            script.write(SCRIPT % (",\n".join(request.as_lua() for request in self.requests), pause))
            script.flush()
            return self._measured(Path(script.name), seconds)

    def _measured(self, script: Path, seconds: int) -> Figures:
        place = self.requests[0].url
        command = ["wrk", "-t1", f"-c{self.connections}", f"-d{seconds}s", f"--timeout={PATIENCE}s", "-s", str(script)]
        said = subprocess.run([*command, place], capture_output=True, text=True, check=False)
        try:
            told = json.loads(said.stderr)
        except ValueError:
            sys.exit(f"wrk failed: {said.stderr or said.stdout}")
        if told["failed"]:
            sys.exit(f"{told['failed']} of {told['requests']} requests failed. The load begins with {self.requests[0]}")
        return Figures(told["requests"] / told["microseconds"] * 1e6, told["p50"] / 1000, told["p99"] / 1000)
