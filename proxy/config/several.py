"""What a configuration must say where several processes answer calls: what they have to share must be in a store.

With `memory:` each worker would know its own keys, jobs and answers alone, and which worker a call comes to is chance.
"""

from __future__ import annotations

from typing import Final

from proxy.config.problems import Findings, Place
from proxy.config.schema import Auth, Config
from proxy.core.secret import Secret

MOST: Final = 256
"""Workers of one server."""
_ALONE: Final = Config().store
_REMEDY: Final = "write `store: sqlite:firstbyte.db` or the address of a Redis"


def check_shared(workers: int, auth: Auth, store: Secret, place: Place, findings: Findings) -> None:
    """Refuse what could not work with several workers, and warn of what each would have to itself.

    Args:
        workers: How many answer calls.
        auth: Who may call.
        store: Where keys and the rest are kept.
        place: Where the store is written.
        findings: Takes the error or the warning.
    """
    if workers == 1 or store != _ALONE:
        return
    if auth.required and not auth.keys:
        message = (
            f"{workers} workers cannot share keys that are issued while each keeps its own in memory; "
            f"{_REMEDY}, or static keys in `auth.keys`"
        )
        findings.blame(place, "store", message)
        return
    findings.warn(
        f"with {workers} workers and `store: memory` each worker knows only its own issued keys, jobs, kept answers "
        f"and circuits; {_REMEDY}"
    )
