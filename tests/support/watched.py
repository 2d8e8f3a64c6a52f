"""Holds every Messages and Responses stream that the whole proxy writes in any test to the grammar of its API.

Watched are the encoders that the web floor takes, from the first chunk to the last bytes. What a relay passes on of its
provider's own events is the provider's affair in a Responses stream; in a Messages stream the frame around them is held.
"""

import os
import sys

from proxy.surfaces.messages import Messages
from proxy.surfaces.responses import Responses
from tests.support import messages_grammar, responses_grammar

BREACHES = []
"""What was wrong, each with the test that ran."""
SEEN = {"messages": 0, "responses": 0}
"""Streams that were held to a grammar."""


def watch():
    """From now on; once a process."""
    _watch(Messages, "anthropic", _messages)
    _watch(Responses, "responses", _responses)


def breaches():
    """What was wrong since the last time that somebody asked."""
    found = list(BREACHES)
    BREACHES.clear()
    return found


def _messages(data, *, relayed):
    messages_grammar.check(data, relayed=relayed)


def _responses(data, *, relayed):
    if not relayed:
        responses_grammar.checked(data)


def _watch(surface, dialect, check):
    made = surface.encoder

    def encoder(self, request, *, model=None):
        one = made(self, request, model=model)
        if sys._getframe(1).f_globals["__name__"].startswith("proxy.web."):
            _Watch(one, surface.__name__.lower(), dialect, check)
        return one

    surface.encoder = encoder


class _Watch:
    """Stands before one encoder, and remembers what it says."""

    def __init__(self, encoder, name, dialect, check):
        self._name = name
        self._dialect = dialect
        self._check = check
        self._said = []
        self._relayed = False
        for method, ends in (
            ("feed", False),
            ("finish", True),
            ("late", True),
            ("heartbeat", False),
        ):
            setattr(encoder, method, self._before(getattr(encoder, method), ends=ends))

    def _before(self, method, *, ends):
        def heard(*arguments, **named):
            said = method(*arguments, **named)
            self._said.append(said or b"")
            native = (
                arguments[0].get("native") if arguments and isinstance(arguments[0], dict) else None
            )
            self._relayed |= native is not None and native["dialect"] == self._dialect
            if ends:
                self._judge()
            return said

        return heard

    def _judge(self):
        SEEN[self._name] += 1
        try:
            self._check(b"".join(self._said), relayed=self._relayed)
        except Exception as breach:  # noqa: BLE001 (it must not change what the proxy does; the test is told)
            test = os.environ.get("PYTEST_CURRENT_TEST", "")
            BREACHES.append(f"{test}: a stream of {self._name}: {type(breach).__name__}: {breach}")
