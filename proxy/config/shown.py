"""The configuration in force as plain data that may be shown: every default filled in, and no secret.

Invariant: a `Secret` becomes its hint; what a record keeps out of its own `repr`, and the name and password of a URL,
become `…`. What is left out of nothing is what holds: durations are seconds, sizes are bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import yaml

from proxy.config.schema import Config
from proxy.core.secret import Secret

HIDDEN: Final = "…"


def shown(config: Config) -> dict[str, Any]:
    """The records of `schema.py` as dicts, lists, texts, numbers, booleans and None."""
    # An address, of which the name and the password alone are secret.
    store = _text(config.store.reveal()).partition("?")[0]
    return {**_record(config), "store": store}


def as_yaml(config: Config) -> str:
    """The same, as YAML."""
    return yaml.safe_dump(shown(config), sort_keys=False, allow_unicode=True, width=120)


def _record(record: Any) -> dict[str, Any]:
    return {each.name: _field(each, getattr(record, each.name)) for each in fields(record)}


def _field(field: Field[Any], value: Any) -> Any:
    if field.repr or not value:
        return _value(value)
    if isinstance(value, Mapping):
        return dict.fromkeys(value, HIDDEN)
    if isinstance(value, tuple) and all(isinstance(line, tuple) for line in value):
        return {name: HIDDEN for name, _ in value}
    return HIDDEN


def _value(value: Any) -> Any:
    for kind, plain in _PLAIN:
        if isinstance(value, kind):
            return plain(value)
    return _record(value) if is_dataclass(value) else value


def _text(text: str) -> str:
    """Without the name and password that a URL may hold."""
    if "@" not in text or "://" not in text:
        return text
    parts = urlsplit(text)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{HIDDEN}@{host}"))


_PLAIN: Final[tuple[tuple[type, Callable[[Any], Any]], ...]] = (
    (Secret, lambda secret: secret.hint if secret else ""),
    (Enum, lambda word: word.value),
    (str, _text),
    (Decimal, float),
    (Mapping, lambda table: {str(key): _value(inner) for key, inner in table.items()}),
    (frozenset, lambda some: [_value(each) for each in sorted(some)]),
    (tuple, lambda some: [_value(each) for each in some]),
    (list, lambda some: [_value(each) for each in some]),
)
"""By type, the first that fits; numbers, booleans and None are what they are, and all else is a record."""
