"""What a target can do: said of the target itself, or known of its vendor and of the beginning of its model's name.

Nearest to the target wins, each capability by itself.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, Final

from proxy.config.kinds import Count, Flag
from proxy.config.schema import Provider, TargetRef
from proxy.config.sections import Field, Record, Section
from proxy.core.shape import Capabilities

RECORD: Final = Record(
    "capabilities",
    {
        "tools": Field(Flag(), "Whether it takes tools."),
        "images": Field(Flag(), "Whether it takes images."),
        "json_schema": Field(Flag(), "Whether it takes a response_format of type json_schema."),
        "prefill": Field(Flag(), "Whether it goes on from a last message of the assistant."),
        "context": Field(
            Count(1, 100_000_000), "Tokens of the longest conversation, its answer included."
        ),
    },
)
"""`capabilities:` of a target, of a vendor and of a family of models."""


def read(section: Section) -> Capabilities:
    """What a record says."""
    return Capabilities(**section.values)


def over(base: Capabilities, nearer: Capabilities) -> Capabilities:
    """`nearer` where it knows, else `base`."""
    known: dict[str, Any] = {
        field.name: value
        for field in fields(nearer)
        if (value := getattr(nearer, field.name)) is not None
    }
    return replace(base, **known) if known else base


def resolve(provider: Provider, ref: TargetRef) -> Capabilities:
    """What is known of a target: vendor < family of models (the longest beginning) < the target itself."""
    families = [family for family in provider.models if ref.model.startswith(family)]
    known = provider.capabilities
    if families:
        known = over(known, provider.models[max(families, key=len)])
    return over(known, ref.capabilities)
