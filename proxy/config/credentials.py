"""What a provider entry's `api_key` may be: a key, several keys used in turn, or the caller's own.

Here alone an unset variable is no error: it is remembered, so that the provider can be switched off with a warning.

Invariant: no message shows any part of a key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from proxy.config.kinds import REFERENCE, Definitions, Schema, text_of
from proxy.config.positions import Items, Node, Scalar
from proxy.config.problems import Findings, under
from proxy.config.references import written_otherwise
from proxy.core.secret import Secret

PASSTHROUGH: Final = "passthrough"
_KEY: Final = "[!-~]*"


@dataclass(frozen=True, slots=True)
class Credential:
    """What was written as `api_key`, references replaced."""

    keys: tuple[Secret, ...] = ()
    passthrough: bool = False
    variable: str = ""
    """The first variable that was looked at."""
    missing: tuple[str, ...] = ()
    """Variables that gave no key: unset, or empty without a default."""
    blank: bool = False
    """A reference with a default came out empty."""


@dataclass(frozen=True, slots=True)
class Keys:
    """One key, a list of keys, or `passthrough`."""

    @property
    def label(self) -> str:
        """What is expected."""
        return f"a key, a list of keys, or `{PASSTHROUGH}`"

    def read(self, node: Node, path: str, findings: Findings) -> Credential | None:
        """A `Credential`; its keys are those that are there."""
        if isinstance(node, Scalar):
            if node.value == PASSTHROUGH:
                return Credential(passthrough=True)
            return self._several((node,), (path,), findings)
        if isinstance(node, Items):
            paths = tuple(under(path, index) for index in range(len(node.items)))
            return self._several(node.items, paths, findings)
        findings.blame(node.place, path, f"expected {self.label}, got a map")
        return None

    def _several(
        self, nodes: tuple[Node, ...], paths: tuple[str, ...], findings: Findings
    ) -> Credential | None:
        scalars = [node for node in nodes if isinstance(node, Scalar)]
        sound = [_is_key(node, path, findings) for node, path in zip(nodes, paths, strict=True)]
        if not all(sound):
            return None
        references = [name for scalar in scalars for name in scalar.references]
        missing = tuple(name for scalar in scalars for name in (*scalar.unset, *scalar.blank))
        there = [scalar for scalar in scalars if not (scalar.unset or scalar.blank)]
        return Credential(
            keys=tuple(Secret(scalar.text) for scalar in there if scalar.text),
            variable=references[0][2:-1] if references else "",
            missing=missing,
            blank=any(scalar.references and not scalar.text for scalar in there),
        )

    def schema(self, definitions: Definitions) -> Schema:
        """A string, or an array of strings."""
        reference = definitions.reference("reference", REFERENCE)
        one = {"anyOf": [{"type": "string", "pattern": f"^{_KEY}$"}, reference]}
        several = {"type": "array", "items": one}
        return {"anyOf": [*one["anyOf"], several]}


def _is_key(node: Node, path: str, findings: Findings) -> bool:
    if isinstance(node, Scalar):
        text = text_of(node)
        if node.pending:
            return True
        otherwise = written_otherwise(node)
        if not (node.fault or otherwise) and text is not None and is_sendable(text):
            return True
        came = "something else"
        if node.value is None and not node.references:
            came = "nothing; without `api_key` it is what the vendor's variable holds"
        trouble = (
            node.fault
            or otherwise
            or f"expected a key of printable ASCII characters without spaces, got {came}"
        )
    else:
        trouble = "expected a key, got a list or a map"
    findings.blame(node.place, path, trouble)
    return False


def is_sendable(key: str) -> bool:
    """Whether a key can stand in an HTTP header."""
    return re.fullmatch(_KEY, key) is not None
