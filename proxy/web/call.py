"""One call as the web floor knows it: what has become of it so far, and how that is told in headers, report and facts."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from starlette.types import Scope

from proxy.core.errors import Blame, Kind, ProxyError, Tried
from proxy.core.facts import CallEnded, Outcome, Run
from proxy.core.price import Usd, number
from proxy.core.shape import ChatRequest, Chunk, Completion, Json
from proxy.core.trace import Trace
from proxy.core.usage import Usage
from proxy.engine.cascade import Progress
from proxy.gate.answers import Entry
from proxy.gate.charge import Charge
from proxy.gate.limits import HeaderPairs
from proxy.route.plan import Plan
from proxy.upstream.answer_head import PASSED
from proxy.web.dialect import is_anthropic
from proxy.web.errand import Errand
from proxy.web.long_ids import Shortener
from proxy.web.peer import Gone, Wire
from proxy.web.refusal import Refusal
from proxy.web.transcript import Transcript
from proxy.web.unread import REFUSED

MAX_HEADER: Final = 2048
"""Characters of a header of ours that lists attempts."""

CLOSED: Final = 499
"""What the log says as status where the caller left before there was one."""


@dataclass(slots=True)
class Call:
    """What is known so far. Times are milliseconds."""

    id: str
    began: float
    """Loop time of its arrival, in seconds."""
    surface: str
    alias: str = ""
    asked: str = ""
    stream: bool = False
    target: str | None = None
    tried: tuple[Tried, ...] = ()
    outcome: Outcome = Outcome.REFUSED
    status: int = 0
    kind: Kind | None = None
    ttft_ms: float | None = None
    served: str = ""
    """The model that the answer names."""
    tier: str = ""
    """The service tier that the answer names."""
    usage: Usage | None = None
    cost: Usd | None = None
    """In US dollars, of all runs; None where that of one is not known."""
    runs: tuple[Run, ...] = ()
    """What each target used that served a part, where a cut was recovered from."""
    dropped: tuple[str, ...] = ()
    upstream_ms: float = 0.0
    body_ms: float = 0.0
    """Until the caller had sent its body."""
    overhead_ms: float | None = None
    bytes_in: int = 0
    bytes_out: int = 0
    trace: Trace | None = None
    team: str = ""
    key_id: str = ""
    job: str = ""
    charge: Charge | None = None
    """What it takes; None until its caller is known."""
    errand: Errand | None = None
    """What it is a part of; None for a direct call."""
    is_spoken_of: bool = False
    """Whether it was told that an answer has begun, or nobody needs to be."""
    is_hushed: bool = False
    """Whether nobody was told that a stream has begun: all of it was out."""
    entry: Entry | None = None
    """Its place in the cache; None where its alias has none."""
    transcript: Transcript | None = None
    """Takes down what is said in it; None where nobody wants to read it."""
    gone: Gone | None = None
    """Tells when the caller has left, where the server can."""
    wire: Wire | None = None
    """Writes to the caller at once, where the server can."""
    _progress: Progress | None = None
    _short: Shortener | None = None

    def committed(self, target: str, now: float) -> float:
        """Somebody has spoken: what of the time so far was ours is known now.

        Returns:
            Milliseconds from the call's arrival.
        """
        self.target = target
        ttft = self.ttft_ms = self.since(now)
        self.overhead_ms = max(0.0, ttft - self.upstream_ms - self.body_ms)
        return ttft

    @property
    def progress(self) -> Progress:
        """Where it is while targets are tried."""
        if self._progress is None:
            self._progress = Progress()
        return self._progress

    @property
    def short(self) -> Shortener:
        """Keeps ids in what goes out within bounds."""
        if self._short is None:
            self._short = Shortener()
        return self._short

    @property
    def tenant(self) -> str:
        """Whose the things are that it leaves behind."""
        return self.charge.caller.tenant if self.charge is not None else ""

    @property
    def cache(self) -> str:
        """What the cache did for it; empty where its alias has none."""
        return self.entry.result if self.entry is not None else ""

    @property
    def author(self) -> str:
        """Who gave the answer, now or when it was kept; empty for nobody."""
        kept = self.entry.kept if self.entry is not None else None
        return kept.target if kept is not None else self.target or ""

    def note(self, said: Chunk | Completion) -> None:
        """Keep the names that decide the price; a later one corrects an earlier one."""
        model, tier = said.get("model"), said.get("service_tier")
        if isinstance(model, str) and model:
            self.served = model
        if isinstance(tier, str):
            self.tier = tier

    def answered(self, completion: Completion) -> None:
        """This is its answer."""
        self.note(completion)
        if self.transcript is not None:
            self.transcript.whole(completion)

    def head(
        self, content_type: str, now: float, passed: dict[str, str]
    ) -> list[tuple[bytes, bytes]]:
        """The head of an answer that is served.

        Args:
            content_type: Of the body.
            now: Loop time.
            passed: The provider's headers; those of `PASSED` go on.
        """
        upstream_ms = self.upstream_ms
        proxy_ms = max(0.0, self.since(now) - upstream_ms)
        head = [
            (b"content-type", content_type.encode()),
            (b"x-firstbyte-target", ascii_of(self.author)),
            *self.attempt_headers(),
            (b"server-timing", b"proxy;dur=%.1f, upstream;dur=%.1f" % (proxy_ms, upstream_ms)),
        ]
        if self.cache:
            head.append((b"x-firstbyte-cache", self.cache.encode()))
        if self.dropped:
            head.append((b"x-firstbyte-dropped", ascii_of(", ".join(self.dropped))))
        own = self.limits()
        head += own
        theirs = [name for name in passed if name.startswith(PASSED)]
        if theirs:
            said = {name.decode() for name, _ in own}
            head += [
                (name.encode("latin-1"), passed[name].encode("latin-1"))
                for name in theirs
                if name not in said
            ]
        return head

    def whole_head(
        self, now: float, passed: dict[str, str], size: int
    ) -> list[tuple[bytes, bytes]]:
        """The head of a whole answer in JSON.

        Args:
            now: Loop time.
            passed: The provider's headers.
            size: Bytes of the body.
        """
        head = self.head("application/json", now, passed)
        if self.cost is not None:
            head.append((b"x-firstbyte-cost-usd", f"{self.cost:f}".encode()))
        head.append((b"content-length", b"%d" % size))
        return head

    @property
    def keeps(self) -> bool:
        """Whether the caller's team wants what goes out to be kept."""
        return self.charge is not None and self.charge.caller.keeps_bodies

    def keep(self, said: bytes) -> None:
        """Keep what went out, where the caller's team wants that."""
        if self.charge is not None:
            self.charge.keep("response", said)

    def forget(self, request: ChatRequest) -> None:
        """Let everybody forget what was asked, where nobody else will be asked: not a job, nor who keeps the answer for others."""
        is_needed = self.errand is not None or self.entry is not None
        if not is_needed and (self.charge is None or self.charge.let_go()):
            request.forget()

    def limits(self) -> HeaderPairs:
        """What the caller's own limits have left; over what the provider says of its."""
        return self.charge.headers if self.charge is not None else []

    def attempt_headers(self) -> list[tuple[bytes, bytes]]:
        """How many were asked, and what became of each, those that were passed over included."""
        if len(self.tried) == 1 and self.tried[0].kind is None:
            return served_at_once(self.tried[0].target[:MAX_HEADER])
        told = ", ".join(f"{t.target}={t.kind.value if t.kind else 'served'}" for t in self.tried)
        asked = sum(not tried.skipped for tried in self.tried)
        return [
            (b"x-firstbyte-attempts", str(asked).encode()),
            (b"x-firstbyte-cascade", ascii_of(told)),
        ]

    def report(self, now: float) -> Json:
        """`firstbyte: {...}` for a caller who asked what happened."""
        attempts: list[Any] = [
            {
                "target": tried.target,
                "status": tried.status,
                "code": tried.kind.value if tried.kind else "served",
                "ms": tried.ms,
            }
            for tried in self.tried
        ]
        report: Json = {
            "target": self.author or None,
            "attempts": attempts,
            "usage": self.usage.wire() if self.usage else None,
            "cost_usd": number(self.cost),
            "ttft_ms": round(self.ttft_ms or 0.0, 1),
            "duration_ms": round(self.since(now), 1),
        }
        if self.cache:
            report["cache"] = self.cache
        if len(self.runs) > 1:
            report["runs"] = [
                {
                    "target": run.target,
                    "usage": run.usage.wire() if run.usage else None,
                    "cost_usd": number(run.cost),
                }
                for run in self.runs
            ]
        return report

    def left(self, scope: Scope) -> None:
        """Its caller left before the answer was whole, or was told by its connection why that hears no more."""
        refusal: Refusal | None = scope.get(REFUSED)
        if refusal is None:
            self.outcome, self.kind = Outcome.CANCELLED, Kind.CANCELLED
            return
        self.outcome, self.kind, self.status = Outcome.REFUSED, refusal.kind, refusal.status
        self.bytes_out = len(refusal.body(self.id, anthropic=is_anthropic(scope)))

    def ended(self, now: float, wall: float) -> CallEnded:
        """The last fact of the call.

        Args:
            now: Loop time.
            wall: Seconds since 1970.
        """
        # In the order of its fields: so many names would cost more than all the rest.
        return CallEnded(
            self.id,
            self.surface,
            self.alias,
            self.asked,
            self.target,
            self.tried if self._progress is None else self._progress.tried or self.tried,
            self.outcome,
            self.status or CLOSED,
            self.kind,
            self.stream,
            self.ttft_ms,
            (now - self.began) * 1000,
            self.usage,
            self.dropped,
            self.cost,
            self.runs,
            self.served,
            self.overhead_ms,
            self.bytes_in,
            self.bytes_out,
            self.began,
            self.trace,
            self.team,
            self.key_id,
            self.job,
            "" if self.entry is None else self.cache,
            wall,
            self.is_hushed,
        )

    def since(self, now: float) -> float:
        """Milliseconds from its arrival."""
        return (now - self.began) * 1000


def unserved(error: ProxyError) -> Outcome:
    """How a call has ended that no target serves: what a caller does wrong is no failure of anybody else's."""
    is_own = error.meaning.blame is Blame.CALLER
    return Outcome.REFUSED if is_own else Outcome.FAILED


def model_of(plan: Plan) -> str | None:
    """The name that an answer gives the model, in the place of the provider's."""
    return plan.asked if plan.model_in_answer == "asked" else None


@lru_cache(maxsize=256)
def served_at_once(target: str) -> list[tuple[bytes, bytes]]:
    """What nearly every answer says: the first who was asked has served. Not to be changed."""
    return [
        (b"x-firstbyte-attempts", b"1"),
        (b"x-firstbyte-cascade", ascii_of(f"{target}=served")),
    ]


def ascii_of(text: str) -> bytes:
    """A header value or comment: printable ASCII, whatever a configured or asked-for name holds."""
    # A caller may ask for a name of megabytes, which nobody is to remember.
    return _ascii_of(text[:MAX_HEADER])


@lru_cache(maxsize=256)
def _ascii_of(text: str) -> bytes:
    if not (text.isascii() and text.isprintable()):
        text = "".join(c if " " <= c <= "~" else "?" for c in text)
    return text.encode("ascii")
