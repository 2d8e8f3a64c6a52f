from dataclasses import FrozenInstanceError

import pytest

from proxy.surfaces.surface import ErrorAnswer


def test_an_answer_cannot_be_changed():
    answer = ErrorAnswer(503, (), b"{}")

    with pytest.raises(FrozenInstanceError):
        answer.status = 200
