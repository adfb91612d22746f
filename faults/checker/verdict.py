"""What a run has shown, and whether it is within its bounds."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from faults.checker.record import Answer, Outcome, Record

ANSWER_SECONDS = 5.0
RECOVERY_SECONDS = 10.0


@dataclass(frozen=True)
class Bounds:
    """What may happen. Everything else that is not an answer may not."""

    answer_within: float = ANSWER_SECONDS
    accepted_within: float = 0.0  # seconds for which an ended session may be accepted after the answer
    recovery_within: float = RECOVERY_SECONDS
    may_be_unavailable: bool = True  # 503 while the fault lasts
    may_fail_at_proxy: bool = False  # 502, 503 or 504 of a proxy, whose instance was killed with the request
    may_be_cut: bool = False  # the proxy may close the client's connection instead
    must_be_cached: bool = False  # a run in which nothing was cached would prove nothing
    must_list: bool = False  # nor would one in which nobody looked for a change of their own


@dataclass(frozen=True)
class Verdict:
    """The figures of a run."""

    acknowledged: int
    checks: int
    lost: list[str]
    faults: list[Answer]
    unavailable: int
    proxy: int
    cut: list[Answer]
    slow: list[Answer]
    accepted: int
    accepted_sessions: int
    accepted_seconds: float
    refused: list[str]
    recovery: float | None  # seconds; None if there was none
    cached: int
    looks: int = 0
    unseen: list[str] = field(default_factory=list)
    broken_clients: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, record: Record, lost: list[str], over: float, cached: int, bounds: Bounds) -> "Verdict":
        """Judge a record. `over` is when the fault had ended (monotonic seconds)."""
        counts = record.counts()
        return cls(
            acknowledged=len(record.changes),
            checks=record.checks,
            lost=lost,
            faults=[it for it in record.answers if it.outcome == Outcome.FAULT],
            unavailable=counts[Outcome.UNAVAILABLE],
            proxy=counts[Outcome.PROXY],
            cut=[it for it in record.answers if it.outcome == Outcome.CUT],
            slow=[it for it in record.answers if it.seconds > bounds.answer_within or it.outcome == Outcome.SILENT],
            accepted=len(record.accepted),
            accepted_sessions=len({it.sessionid for it in record.accepted}),
            accepted_seconds=max((it.seconds for it in record.accepted), default=0.0),
            refused=list(record.refused),
            recovery=recovery(record, over),
            cached=cached,
            looks=record.looks,
            unseen=list(record.unseen),
            broken_clients=list(record.broken),
        )

    def violations(self, bounds: Bounds) -> list[str]:
        """Return a sentence for each bound that is broken."""
        return [*self._gaps(bounds), *self._violations(bounds)]

    def _gaps(self, bounds: Bounds) -> Iterator[str]:
        """Say what the run has not tried."""
        if not (self.acknowledged and self.checks):
            yield "Nothing was acknowledged or checked."
        if bounds.must_be_cached and not self.cached:
            yield "Nothing was cached, so that nothing is proved."
        if bounds.must_list and not self.looks:
            yield "Nobody looked for a change of their own, so that nothing is proved."

    def _violations(self, bounds: Bounds) -> Iterator[str]:
        if self.lost:
            yield f"{len(self.lost)} acknowledged changes are lost: {self.lost[:3]}"
        if self.faults:
            yield f"{len(self.faults)} requests met an error: {self.faults[:3]}"
        if self.unavailable and not bounds.may_be_unavailable:
            yield f"{self.unavailable} requests were answered with 503."
        if self.proxy and not bounds.may_fail_at_proxy:
            yield f"{self.proxy} requests failed at the proxy."
        if self.cut and not bounds.may_be_cut:
            yield f"{len(self.cut)} requests were not answered: {self.cut[:3]}"
        if self.slow:
            yield f"{len(self.slow)} requests took longer than {bounds.answer_within} s: {self.slow[:3]}"
        if self.accepted and (not bounds.accepted_within or self.accepted_seconds > bounds.accepted_within):
            late = f"the last one {self.accepted_seconds:.2f} s after its end"
            yield f"{self.accepted} checks accepted an ended session, {late}."
        if self.refused:
            yield f"{len(self.refused)} checks refused a valid session: {self.refused[:3]}"
        if self.unseen:
            yield f"{len(self.unseen)} lists lack a change of whoever asks: {self.unseen[:3]}"
        if self.recovery is None or self.recovery > bounds.recovery_within:
            yield f"The service did not recover within {bounds.recovery_within} s: {self.recovery}"
        if self.broken_clients:
            yield f"{len(self.broken_clients)} clients were answered wrongly: {self.broken_clients[:3]}"


def recovery(record: Record, over: float) -> float | None:
    """Return how long after a time (monotonic seconds) the first second with answers and without errors begins."""
    answers = [answer for answer in record.answers if answer.ended > over]
    failed = sorted(answer.ended for answer in answers if answer.outcome != Outcome.ANSWERED)
    answered = sorted(answer.ended for answer in answers if answer.outcome == Outcome.ANSWERED)
    for begin in (over, *failed):
        first = next((it for it in answered if it > begin), None)
        if first is None:
            return None
        start = begin if first <= begin + 1 else first  # nobody was answered before
        if not any(begin < it <= start + 1 for it in failed):
            return start - over
    return None
