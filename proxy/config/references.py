"""Replaces `${VAR}`, `${VAR:-default}` and `${file:path}` in scalars, after parsing.

What a reference holds is only ever text in the place where it stood: it cannot add a key or a list entry. A plain
scalar is read again once it is whole, so that `retries: ${RETRIES}` is a number. `$${` writes `${` itself.

Invariant: no message holds a value, only the names of what was referred to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Final, TypeAlias

from proxy.config.positions import Entries, Entry, Items, Node, Scalar, resolve_plain
from proxy.config.problems import quoted
from proxy.core.redaction import described, looks_random

Read: TypeAlias = Callable[[str], bytes]
"""A path to the file's bytes, raising `OSError`."""

MAX_SECRET: Final = 64 * 1024
"""Bytes of a file that `${file:…}` may name."""

_REFERENCE: Final = re.compile(r"\$\$\{|\$\{(?P<body>[^{}]*)\}|\$\{")
_VARIABLE: Final = re.compile(
    r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<or>:-(?P<default>.*))?", re.DOTALL
)
_FILE: Final = "file:"
_OTHERS: Final = re.compile(r"(?:os\.environ/|env[./:]|\$)(?P<name>[A-Z_][A-Z0-9_]*)")
"""How other gateways and shells name a variable."""


@dataclass(slots=True)
class _Made:
    """What the references of one scalar came to."""

    names: list[str] = field(default_factory=list)
    unset: list[str] = field(default_factory=list)
    blank: list[str] = field(default_factory=list)
    fault: str = ""


@dataclass(frozen=True, slots=True)
class References:
    """Knows where references are read from."""

    environ: Mapping[str, str]
    read: Read
    base: str = ""
    """The folder that relative paths start from."""
    pending: bool = False
    """Leave references unread: the tree is only looked at for its shape."""

    def replaced(self, node: Node) -> Node:
        """The same tree with every reference replaced; places stay."""
        if isinstance(node, Scalar):
            return self._scalar(node) if "${" in node.text else node
        if isinstance(node, Items):
            return Items(node.place, tuple(self.replaced(item) for item in node.items))
        return Entries(
            node.place,
            {
                key: Entry(entry.place, self.replaced(entry.node))
                for key, entry in node.entries.items()
            },
        )

    def _scalar(self, scalar: Scalar) -> Scalar:
        if self.pending and "${" in scalar.text.replace("$${", ""):
            return replace(scalar, pending=True)
        made = _Made()
        text = _REFERENCE.sub(lambda match: self._one(match, made), scalar.text)
        again = scalar.plain and bool(made.names)
        return replace(
            scalar,
            text=text,
            value=resolve_plain(text) if again and text else text,
            references=tuple(made.names),
            unset=tuple(made.unset),
            blank=tuple(made.blank),
            fault=made.fault,
        )

    def _one(self, match: re.Match[str], made: _Made) -> str:
        body = match["body"]
        if match[0] == "$${":
            return "${"
        if body is None:
            made.fault = "a reference is not closed; expected `}` (or `$${` for the text `${`)"
            return ""
        if body.startswith(_FILE):
            return self._file(body.removeprefix(_FILE).strip(), made)
        variable = _VARIABLE.fullmatch(body)
        if variable is None:
            made.fault = "expected ${NAME}, ${NAME:-default} or ${file:/path}"
            return ""
        return self._variable(variable, made)

    def _variable(self, variable: re.Match[str], made: _Made) -> str:
        name = variable["name"]
        if name not in self.environ and not variable["or"] and looks_random(name):
            # Keys are letters and digits like names, and end up in the braces; how one begins, a name may too.
            made.fault = f"expected a variable's name in ${{…}}, got {described(name)}"
            return ""
        made.names.append(f"${{{name}}}")
        value = self.environ.get(name, "")
        if value == "" and variable["or"]:
            return str(variable["default"])
        if name not in self.environ:
            made.unset.append(name)
        elif value == "":
            made.blank.append(name)
        elif not _is_text(value):
            made.fault = f"what the variable {name} holds is not UTF-8"
        return value

    def _file(self, path: str, made: _Made) -> str:
        made.names.append(f"${{file:{path}}}")
        try:
            data = self.read(str(PurePath(self.base, path)))
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "not a path"
            made.fault = f"the file {quoted(path)} cannot be read: {why}"
            return ""
        if len(data) > MAX_SECRET:
            made.fault = f"the file {quoted(path)} holds more than {MAX_SECRET} bytes"
            return ""
        try:
            return data.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            made.fault = f"what the file {quoted(path)} holds is not UTF-8"
            return ""


def written_otherwise(scalar: Scalar) -> str:
    """What is wrong with a value that names a variable as others do (`os.environ/KEY`), empty where it names none.

    Nothing is put in its place, so a provider would be sent the name for a key.
    """
    found = None if scalar.references else _OTHERS.fullmatch(scalar.text)
    if found is None or looks_random(found["name"]):
        return ""
    return f"a variable is referred to as ${{{found['name']}}} here"


def _is_text(value: str) -> bool:
    """Whether it has a UTF-8 form: an environment may hold any bytes."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
