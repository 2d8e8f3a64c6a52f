"""The provider that is always there: `mock`, simulated models over a real protocol on a real socket."""

from __future__ import annotations

from typing import Final

from proxy.config.schema import Provider
from proxy.sim.script import BEHAVIOURS

MOCK: Final = "mock"
"""Its name."""
PROTOCOL: Final = "openai"
"""What it speaks."""
SIMULATED: Final = tuple(f"{MOCK}/{name}" for name in BEHAVIOURS)
"""Its targets."""


def mock_provider(simulator: str) -> Provider:
    """The provider `mock`.

    Args:
        simulator: Where the simulated providers listen: `http://127.0.0.1:PORT`.
    """
    return Provider(MOCK, "", PROTOCOL, f"{simulator}/v1")
