"""What one value may be: text, a duration, a size, a choice. Each kind reads, describes and expects in one place.

A kind is a row of the configuration's definition (`fields/`). From the same object come the check, the JSON
Schema and the words of the reference table, so that the three cannot drift apart.

Invariant: `read` never raises and never shows what a reference holds, nor a secret's literal text.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from decimal import Decimal
from ipaddress import ip_address
from typing import Any, Final, Protocol

from proxy.config.positions import Entries, Items, Node, Scalar, resolve_plain
from proxy.config.problems import Findings, quoted, suggestion
from proxy.config.references import written_otherwise
from proxy.config.urls import ADDRESS, fault, is_address
from proxy.core.secret import Secret

Schema = dict[str, Any]

REFERENCE: Final[Schema] = {
    "type": "string",
    "pattern": r"\$\{",
    "description": "A reference: ${VAR}, ${VAR:-default} or ${file:/path}.",
}
_DURATION: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_SIZE: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(KiB|MiB|GiB)")
_BYTES: Final = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
LONGEST: Final = 7 * 24 * 3600.0
LARGEST: Final = 1024**4
DEAREST: Final = 1_000_000
LIGHTEST: Final = 0.001
HEAVIEST: Final = 1_000_000


@dataclass(slots=True)
class Definitions:
    """Gathers a schema's `$defs` while it is written."""

    table: dict[str, Schema] = field(default_factory=dict)

    def reference(self, name: str, schema: Schema) -> Schema:
        """Keep a schema under its name and point at it."""
        self.table.setdefault(name, schema)
        return {"$ref": f"#/$defs/{name}"}


class Kind(Protocol):
    """What a value may be."""

    @property
    def label(self) -> str:
        """What is expected, with its article: `a duration like 3s`. Also the reference table's type."""
        ...

    def read(self, node: Node, path: str, findings: Findings) -> Any:
        """The value in force, or None where it is wrong and a problem was noted."""
        ...

    def schema(self, definitions: Definitions) -> Schema:
        """JSON Schema, draft 2020-12."""
        ...


def shown(node: Node, *, secret: bool = False) -> str:
    """What came, for a message."""
    if isinstance(node, Items):
        return "a list"
    if isinstance(node, Entries):
        return "a map"
    if node.references:
        held = f"what {', '.join(quoted(name) for name in node.references)} holds"
        return held if node.text else f"{held}, which is empty"
    if secret:
        return "another value"
    if node.value is None:
        return "nothing"
    return quoted(node.text) if isinstance(node.value, str) else node.text[:40]


@dataclass(frozen=True, slots=True)
class ScalarKind(ABC):
    """The common part of all kinds that are one value."""

    @property
    @abstractmethod
    def label(self) -> str:
        """What is expected."""

    @property
    def hidden(self) -> bool:
        """Whether messages keep the written value back."""
        return False

    @property
    def known(self) -> tuple[str, ...]:
        """Words that may have been meant."""
        return ()

    @abstractmethod
    def convert(self, scalar: Scalar) -> Any:
        """The value, or None where it is not of this kind."""

    @abstractmethod
    def own_schema(self) -> Schema:
        """The schema of a value without references."""

    def read(self, node: Node, path: str, findings: Findings) -> Any:
        """As `Kind.read`."""
        if isinstance(node, Scalar):
            if node.pending:
                return None
            trouble = trouble_of(node) or written_otherwise(node)
            if trouble:
                findings.blame(node.place, path, trouble)
                return None
            value = self.convert(node)
            if value is not None:
                return value
        findings.blame(
            node.place, path, f"expected {self.label}, got {self._came(node)}{self._near(node)}"
        )
        return None

    def schema(self, definitions: Definitions) -> Schema:
        """As `Kind.schema`."""
        own = self.own_schema()
        if own.get("type") == "string" and "pattern" not in own and "enum" not in own:
            return own
        return {"anyOf": [own, definitions.reference("reference", REFERENCE)]}

    def _came(self, node: Node) -> str:
        return shown(node, secret=self.hidden)

    def _near(self, node: Node) -> str:
        if isinstance(node, Scalar) and not node.references:
            return suggestion(node.text, self.known)
        return ""


def trouble_of(scalar: Scalar) -> str:
    """Why its references could not be replaced, empty where they could."""
    if scalar.unset:
        names = " and ".join(scalar.unset)
        return (
            f"the variable {names} is not set; set it or write a default: ${{{scalar.unset[0]}:-…}}"
        )
    return scalar.fault


def text_of(scalar: Scalar) -> str | None:
    """Its text, where it is text: written so, or put there by a reference."""
    if isinstance(scalar.value, str):
        return scalar.value
    return scalar.text if scalar.references else None


def _names_a_file(scalar: Scalar) -> bool:
    return any(name.startswith("${file:") for name in scalar.references)


@dataclass(frozen=True, slots=True)
class Text(ScalarKind):
    """Text that matches a pattern as a whole."""

    words: str = "text"
    pattern: str = ""
    """Between `^` and `$` in the schema."""
    secret: bool = False
    stated: bool = False
    """Whether it is empty only where that is written: as it stands, or as a reference's default."""

    @property
    def label(self) -> str:
        """What is expected."""
        return self.words

    @property
    def hidden(self) -> bool:
        """Whether messages keep the written value back."""
        return self.secret

    def convert(self, scalar: Scalar) -> Any:
        """Text, or a `Secret`."""
        text = text_of(scalar)
        if text is None or (self.pattern and not re.fullmatch(self.pattern, text)):
            return None
        if self.stated and not text and (scalar.blank or _names_a_file(scalar)):
            return None
        return Secret(text) if self.secret else text

    def _near(self, node: Node) -> str:
        """How to state it, where a variable came out empty."""
        if self.stated and isinstance(node, Scalar) and node.blank and not node.text:
            return f"; ${{{node.blank[0]}:-}} says that there may be none"
        return ""

    def own_schema(self) -> Schema:
        """A string with the pattern."""
        return {"type": "string"} | ({"pattern": f"^{self.pattern}$"} if self.pattern else {})


@dataclass(frozen=True, slots=True)
class Flag(ScalarKind):
    """`true` or `false`."""

    @property
    def label(self) -> str:
        """What is expected."""
        return "true or false"

    def convert(self, scalar: Scalar) -> bool | None:
        """The boolean."""
        value = typed(scalar)
        return value if isinstance(value, bool) else None

    def own_schema(self) -> Schema:
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Count(ScalarKind):
    """A whole number, or a word that stands for 0."""

    low: int
    high: int
    word: str = ""

    @property
    def label(self) -> str:
        """What is expected."""
        number = f"a whole number from {self.low} to {self.high}"
        return f"`{self.word}` or {number}" if self.word else number

    def convert(self, scalar: Scalar) -> int | None:
        """The number."""
        if self.word and text_of(scalar) == self.word:
            return 0
        number = number_of(scalar)
        whole = number is not None and number == int(number) and self.low <= number <= self.high
        return int(number) if whole and number is not None else None

    def own_schema(self) -> Schema:
        """An integer with its bounds."""
        number: Schema = {"type": "integer", "minimum": self.low, "maximum": self.high}
        return {"anyOf": [{"const": self.word}, number]} if self.word else number


@dataclass(frozen=True, slots=True)
class Usd(ScalarKind):
    """US dollars for so much of something."""

    per: str = "million tokens"

    @property
    def label(self) -> str:
        """What is expected."""
        return f"USD per {self.per}, a number from 0 to {DEAREST}"

    def convert(self, scalar: Scalar) -> Decimal | None:
        """The number as it was written."""
        number = number_of(scalar)
        return Decimal(str(number)) if number is not None and 0 <= number <= DEAREST else None

    def own_schema(self) -> Schema:
        """A number with its bounds."""
        return {"type": "number", "minimum": 0, "maximum": DEAREST}


@dataclass(frozen=True, slots=True)
class Weight(ScalarKind):
    """A share among equals. It has a floor, so that what is divided by it stays a number."""

    @property
    def label(self) -> str:
        """What is expected."""
        return f"a number above 0, from {LIGHTEST} to {HEAVIEST}"

    def convert(self, scalar: Scalar) -> float | None:
        """The share."""
        number = number_of(scalar)
        return float(number) if number is not None and LIGHTEST <= number <= HEAVIEST else None

    def own_schema(self) -> Schema:
        """A number with its bounds."""
        return {"type": "number", "minimum": LIGHTEST, "maximum": HEAVIEST}


@dataclass(frozen=True, slots=True)
class Duration(ScalarKind):
    """Seconds as a number, or text with a unit."""

    positive: bool = True
    """Whether 0 is refused."""
    words: tuple[str, ...] = ()
    """What may stand in place of a duration, and is read as itself."""
    least: float = 0
    """Seconds."""
    most: float = LONGEST
    """Seconds."""

    @property
    def label(self) -> str:
        """What is expected."""
        most = "7 days" if self.most == LONGEST else f"{self.most:g}s"
        span = f"a duration like 250ms, 3s, 10m, 1h or seconds, {self._floor()} and at most {most}"
        return f"{', '.join(f'`{word}`' for word in self.words)} or {span}" if self.words else span

    @property
    def known(self) -> tuple[str, ...]:
        """Words that may have been meant."""
        return self.words

    def _floor(self) -> str:
        if self.least:
            return f"at least {self.least * 1000:g}ms"
        return "above 0" if self.positive else "0 or more"

    def convert(self, scalar: Scalar) -> float | str | None:
        """Seconds, or one of the words."""
        text = text_of(scalar) or ""
        if text in self.words:
            return text
        match = _DURATION.fullmatch(text)
        number = number_of(scalar)
        seconds = float(match[1]) * _SECONDS[match[2]] if match else number
        if seconds is None or not self.least <= seconds <= self.most:
            return None
        return None if self.positive and seconds == 0 else float(seconds)

    def own_schema(self) -> Schema:
        """A number, a string with a unit, or one of the words."""
        zero = r"(?!0+(\.0+)?[a-z])" if self.positive else ""
        floor = (
            {"minimum": self.least} if self.least or not self.positive else {"exclusiveMinimum": 0}
        )
        words: list[Schema] = [{"enum": [*self.words]}] if self.words else []
        return {
            "anyOf": [
                *words,
                {"type": "number", "maximum": self.most} | floor,
                {"type": "string", "pattern": f"^{zero}{_DURATION.pattern}$"},
            ]
        }


@dataclass(frozen=True, slots=True)
class Size(ScalarKind):
    """Bytes as a number, or text with a unit."""

    @property
    def label(self) -> str:
        """What is expected."""
        return "a size like 64KiB, 10MiB, 1GiB or bytes, at least 1 and at most 1024GiB"

    def convert(self, scalar: Scalar) -> int | None:
        """Bytes."""
        match = _SIZE.fullmatch(text_of(scalar) or "")
        number = number_of(scalar)
        size = float(match[1]) * _BYTES[match[2]] if match else number
        if size is None or not 1 <= size <= LARGEST or (match is None and size != int(size)):
            return None
        return int(size)

    def own_schema(self) -> Schema:
        """An integer, or a string with a unit."""
        return {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": LARGEST},
                {"type": "string", "pattern": rf"^(?!0+(\.0+)?[A-Z]){_SIZE.pattern}$"},
            ]
        }


@dataclass(frozen=True, slots=True)
class Choice(ScalarKind):
    """One word of a few."""

    options: tuple[str, ...]
    besides: str = ""
    """What is said of a word that is near to none of them."""

    @property
    def label(self) -> str:
        """What is expected."""
        *most, last = (f"`{option}`" for option in self.options)
        return f"{', '.join(most)} or {last}" if most else last

    def convert(self, scalar: Scalar) -> str | None:
        """The word."""
        text = text_of(scalar)
        return text if text in self.options else None

    def _near(self, node: Node) -> str:
        if isinstance(node, Scalar) and not node.references:
            return suggestion(node.text, self.options) or self.besides
        return self.besides

    def own_schema(self) -> Schema:
        """An enumeration."""
        return {"type": "string", "enum": list(self.options)}


@dataclass(frozen=True, slots=True)
class Url(ScalarKind):
    """An address of a provider. It may hold a password by mistake, so it is never shown."""

    @property
    def label(self) -> str:
        """What is expected."""
        return "an http:// or https:// address without credentials, query or fragment"

    @property
    def hidden(self) -> bool:
        """Whether messages keep the written value back."""
        return True

    def convert(self, scalar: Scalar) -> str | None:
        """The address without a trailing slash."""
        text = text_of(scalar)
        return text.rstrip("/") if text is not None and is_address(text) else None

    def _came(self, node: Node) -> str:
        """Which part is wrong: a name of our own for it, since the address is never shown."""
        text = text_of(node) if isinstance(node, Scalar) else None
        if not isinstance(node, Scalar) or text is None:
            return shown(node, secret=self.hidden)
        held = f"{shown(node)}, " if node.references else ""
        return f"{held}one {fault(text)}"

    def own_schema(self) -> Schema:
        """A string with the address's pattern."""
        return {"type": "string", "pattern": f"^{ADDRESS.pattern}$"}


@dataclass(frozen=True, slots=True)
class Listen(ScalarKind):
    """`host:port`, or a word that stands for nowhere."""

    word: str = ""

    @property
    def label(self) -> str:
        """What is expected."""
        address = "host:port like 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080"
        return f"`{self.word}` or {address}" if self.word else address

    def convert(self, scalar: Scalar) -> tuple[str, int] | None:
        """Host, without brackets, and port; an empty host for nowhere."""
        if self.word and text_of(scalar) == self.word:
            return "", 0
        return split_listen(text_of(scalar) or "")

    def own_schema(self) -> Schema:
        """A string with the pattern."""
        address: Schema = {"type": "string", "pattern": f"^{_LISTEN.pattern}$"}
        return {"anyOf": [{"const": self.word}, address]} if self.word else address


_LISTEN: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}")


def split_listen(text: str) -> tuple[str, int] | None:
    """The host and port of a listening address, None where it is none."""
    if not _LISTEN.fullmatch(text):
        return None
    host, _, port = text.rpartition(":")
    if int(port) > 65535:
        return None
    if host.startswith("["):
        host = host[1:-1]
        try:
            ip_address(host)
        except ValueError:
            return None
    return host, int(port)


def typed(scalar: Scalar) -> str | float | bool | None:
    """Its value; a reference's text is read as if written plain, since within `{}` it must stand in quotes."""
    return resolve_plain(scalar.text) if scalar.references else scalar.value


def number_of(scalar: Scalar) -> float | None:
    """The number it is; booleans are none."""
    value = typed(scalar)
    return None if isinstance(value, bool | str) or value is None else value
