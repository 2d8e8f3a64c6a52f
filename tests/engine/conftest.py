"""Every dialogue of the engine is held twice: with answers that are read, and with answers that are pushed."""

import pytest

from tests.support.script import ScriptedReply


@pytest.fixture(autouse=True, params=["read", "pushed"])
def way_of_answers(request, monkeypatch):
    monkeypatch.setattr(ScriptedReply, "pushes", request.param == "pushed")
