"""What stands between a listener and its endpoints: who may come in, and how many at once."""

from dataclasses import dataclass, field

from proxy.gate.admit import Gate
from proxy.gate.intake import Intake
from proxy.gate.load import Load
from proxy.web.presence import Presence


@dataclass(frozen=True, slots=True)
class Admission:
    """Who may come in, and how many at once."""

    gate: Gate
    load: Load
    max_body: int
    """Bytes of a request body."""
    intake: Intake = field(default_factory=Intake)
    """Bytes of all bodies that are on their way in."""
    presence: Presence = field(default_factory=Presence)
    """The calls under way, of every surface behind it."""
