"""What came whole is told in a few bytes and words, and nobody changes it."""

import pytest

from proxy.core.usage import Usage
from proxy.core.whole_stream import WholeStream


def test_what_came_whole_is_known_by_its_values():
    whole = WholeStream([b"role", b"text", b"end"], b"usage", "m", "flex", Usage(3, 2))

    assert whole == WholeStream([b"role", b"text", b"end"], b"usage", "m", "flex", Usage(3, 2))
    assert whole != WholeStream([b"role", b"text", b"end"], b"", "m", None, None)


def test_nobody_changes_what_came():
    whole = WholeStream([], b"", "m", None, None)

    with pytest.raises(AttributeError):
        whole.model = "other"
