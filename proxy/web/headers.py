"""What the head of an answer says of its call: who gave it, how long that took, what it cost, what is left of a limit.

Invariant: whatever a configured or asked-for name holds, nothing but printable ASCII goes out, and so much of it.
"""

from functools import lru_cache
from typing import Final

from proxy.core.errors import Tried
from proxy.gate.limits import HeaderPairs
from proxy.upstream.answer_head import PASSED
from proxy.web.call import Call

MAX_HEADER: Final = 2048
"""Characters of a header of ours that lists attempts."""


def head_of(call: Call, content_type: str, now: float, passed: dict[str, str]) -> HeaderPairs:
    """The head of an answer that is served.

    Args:
        call: Whose it is.
        content_type: Of the body.
        now: Loop time.
        passed: The provider's headers; those of `PASSED` go on.
    """
    upstream_ms = call.upstream_ms
    proxy_ms = max(0.0, call.since(now) - upstream_ms)
    head = [
        (b"content-type", content_type.encode()),
        (b"x-firstbyte-target", ascii_of(call.author)),
        *attempt_headers(call.tried),
        (b"server-timing", b"proxy;dur=%.1f, upstream;dur=%.1f" % (proxy_ms, upstream_ms)),
    ]
    if call.cache:
        head.append((b"x-firstbyte-cache", call.cache.encode()))
    if call.dropped:
        head.append((b"x-firstbyte-dropped", ascii_of(", ".join(call.dropped))))
    own = call.limits()
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


def head_of_whole(call: Call, now: float, passed: dict[str, str], size: int) -> HeaderPairs:
    """The head of a whole answer in JSON.

    Args:
        call: Whose it is.
        now: Loop time.
        passed: The provider's headers.
        size: Bytes of the body.
    """
    head = head_of(call, "application/json", now, passed)
    if call.cost is not None:
        head.append((b"x-firstbyte-cost-usd", f"{call.cost:f}".encode()))
    head.append((b"content-length", b"%d" % size))
    return head


def attempt_headers(tried: tuple[Tried, ...]) -> HeaderPairs:
    """How many were asked, and what became of each, those that were passed over included."""
    if len(tried) == 1 and tried[0].kind is None:
        return served_at_once(tried[0].target[:MAX_HEADER])
    told = ", ".join(f"{t.target}={t.kind.value if t.kind else 'served'}" for t in tried)
    asked = sum(not each.skipped for each in tried)
    return [
        (b"x-firstbyte-attempts", str(asked).encode()),
        (b"x-firstbyte-cascade", ascii_of(told)),
    ]


@lru_cache(maxsize=256)
def served_at_once(target: str) -> HeaderPairs:
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
