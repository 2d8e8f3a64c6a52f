"""What came whole is told in its bytes and a few words, and nobody changes it."""

import pytest

from proxy.core.usage import Usage
from proxy.core.whole_answer import WholeAnswer


def test_what_came_whole_is_known_by_its_values():
    whole = WholeAnswer(b"{}", "m", "flex", Usage(3, 2))

    assert whole == WholeAnswer(b"{}", "m", "flex", Usage(3, 2))
    assert whole != WholeAnswer(b"{}", "m", None, None)


def test_nobody_changes_what_came():
    whole = WholeAnswer(b"{}", "m", None, None)

    with pytest.raises(AttributeError):
        whole.model = "other"
