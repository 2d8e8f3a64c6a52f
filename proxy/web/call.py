"""One call as the web floor knows it: what it is, what has become of it so far, and who else takes part in it.

What is told of it stands elsewhere: to its caller in `headers.py` and `report.py`, to everybody who counts in `outcome.py`.
"""

from dataclasses import dataclass

from proxy.core.errors import Kind, Tried
from proxy.core.facts import Outcome, Run
from proxy.core.price import Usd
from proxy.core.shape import ChatRequest, Chunk, Completion
from proxy.core.trace import Trace
from proxy.core.usage import Usage
from proxy.engine.cascade import Progress
from proxy.gate.answers import Entry
from proxy.gate.charge import Charge
from proxy.gate.limits import HeaderPairs
from proxy.web.errand import Errand
from proxy.web.long_ids import Shortener
from proxy.web.peer import Gone, Wire
from proxy.web.transcript import Transcript


@dataclass(slots=True)
class Call:
    """What is known so far. Times are milliseconds."""

    # What it is.

    id: str
    began: float
    """Loop time of its arrival, in seconds."""
    surface: str
    alias: str = ""
    asked: str = ""
    stream: bool = False
    bytes_in: int = 0
    trace: Trace | None = None

    # Whose it is.

    team: str = ""
    key_id: str = ""
    job: str = ""
    charge: Charge | None = None
    """What it takes; None until its caller is known."""

    # What has become of it.

    outcome: Outcome = Outcome.REFUSED
    status: int = 0
    kind: Kind | None = None
    bytes_out: int = 0
    tried: tuple[Tried, ...] = ()
    is_spoken_of: bool = False
    """Whether it was told that an answer has begun, or nobody needs to be."""
    is_hushed: bool = False
    """Whether nobody was told that a stream has begun: all of it was out."""

    # Where its time went.

    body_ms: float = 0.0
    """Until the caller had sent its body."""
    upstream_ms: float = 0.0
    ttft_ms: float | None = None
    overhead_ms: float | None = None

    # Who answered, and what that comes to.

    target: str | None = None
    served: str = ""
    """The model that the answer names."""
    tier: str = ""
    """The service tier that the answer names."""
    dropped: tuple[str, ...] = ()
    usage: Usage | None = None
    cost: Usd | None = None
    """In US dollars, of all runs; None where that of one is not known."""
    runs: tuple[Run, ...] = ()
    """What each target used that served a part, where a cut was recovered from."""

    # Who else takes part in it; most calls have none of these.

    errand: Errand | None = None
    """What it is a part of; None for a direct call."""
    entry: Entry | None = None
    """Its place in the cache; None where its alias has none."""
    transcript: Transcript | None = None
    """Takes down what is said in it; None where nobody wants to read it."""
    gone: Gone | None = None
    """Tells when the caller has left, where the server can."""
    wire: Wire | None = None
    """Writes to the caller at once, where the server can."""
    under_way: Progress | None = None
    """Its `progress`; None where nobody has asked for it."""
    _short: Shortener | None = None

    @property
    def progress(self) -> Progress:
        """Where it is while targets are tried."""
        if self.under_way is None:
            self.under_way = Progress()
        return self.under_way

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

    def since(self, now: float) -> float:
        """Milliseconds from its arrival."""
        return (now - self.began) * 1000

    def committed(self, target: str, now: float) -> float:
        """Somebody has spoken: what of the time so far was ours is known now.

        Returns:
            Milliseconds from the call's arrival.
        """
        self.target = target
        ttft = self.ttft_ms = self.since(now)
        self.overhead_ms = max(0.0, ttft - self.upstream_ms - self.body_ms)
        return ttft

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
