"""All that is heard of a stream decoder, and the same with every event read by the general reader."""

from contextlib import nullcontext
from itertools import pairwise
from unittest.mock import patch

from hypothesis import strategies as st

from proxy.core.errors import ProxyError
from tests.support.runs import spread


def heard(decoder, reads):
    """What each read and the end brought, a failure in the place of chunks, and how the decoder stands then."""
    said = []
    for call in [*(lambda data=data: decoder.feed(data) for data in reads), decoder.finish]:
        try:
            said.append(spread(call()))
        except ProxyError as error:
            said.append((error.kind, error.message, error.code))
            break
    return said, decoder.events, decoder.unknown, decoder.ended, decoder.over


def slowly(module, make, reads):
    """As `heard`, where no event is taken for a mere piece of text.

    Args:
        module: The protocol's `piece`.
        make: Makes the decoder.
        reads: What it is fed.
    """
    with patch.object(module, "read", lambda _payload: None):
        many = patch.object(module, "texts", lambda _payloads: [])
        with many if hasattr(module, "texts") else nullcontext():
            return heard(make(), reads)


def cut(data, places):
    """The data in as many reads, cut at places that are taken modulo its length."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


PLACES = st.lists(st.integers(0, 1 << 16), max_size=8)
