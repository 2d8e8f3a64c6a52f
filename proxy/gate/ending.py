"""What is left to tell the store of a call that has ended, and how that is written on one line.

Invariant: `read(write(x)) == x`; telling it twice changes nothing.
"""

from __future__ import annotations

from typing import Final

from proxy.core import jsons
from proxy.core.record import record
from proxy.store.records import CallRow, Conclusion, Correction, Hold, Settlement

_ROW: Final = jsons.Form(CallRow)


@record
class Ending:
    """How a call ended."""

    conclusion: Conclusion
    late: tuple[Hold, ...] = ()
    """Holds that the store does not have yet because it was away: made before they are settled."""


def write(ending: Ending) -> bytes:
    """One line, without its end."""
    conclusion = ending.conclusion
    return jsons.encode(
        {
            "late": ending.late,
            "settlements": conclusion.settlements,
            "corrections": conclusion.corrections,
            "row": conclusion.row,
        }
    )


def read(line: bytes) -> Ending | None:
    """What `write` wrote; None for a line that was torn, or changed so that no store could keep it."""
    try:
        told = jsons.decode_object(line)
        said = told["row"]
        row = None if said is None else _ROW.of(said)
        if row is None and said is not None:
            return None
        return Ending(
            Conclusion(
                tuple(Settlement(**each) for each in told["settlements"]),
                tuple(Correction(**each) for each in told["corrections"]),
                row,
            ),
            tuple(Hold(**each) for each in told["late"]),
        )
    except (jsons.JsonError, KeyError, TypeError):
        return None
