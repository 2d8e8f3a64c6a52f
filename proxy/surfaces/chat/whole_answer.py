"""A whole answer, given to its caller as it came.

Invariant: what is given is what `whole_body` would have written of the same answer.
"""

from __future__ import annotations

from proxy.core.state import is_packed
from proxy.core.whole_answer import WholeAnswer


def answer_as_it_came(whole: WholeAnswer) -> bytes | None:
    """The body of the answer; None where it cannot be given so: its ids may be too long for some.

    Args:
        whole: What came.
    """
    return None if is_packed(whole.body) else whole.body
