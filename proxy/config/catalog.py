"""The catalogue: what is known of each vendor, read from `vendors.yaml` beside this file.

A vendor is a row. The rows pass the same reader as a configuration does, so a slip in one is told with file, line
and column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from proxy.config.fields import PROTOCOLS
from proxy.config.kinds import Choice, Flag, Text, Url
from proxy.config.positions import Entries, parse
from proxy.config.problems import Findings, Place, quoted, under
from proxy.config.sections import Field, ListOf, MapOf, Record, Section
from proxy.core.shape import Headers, Quirks

MOCK: Final = "mock"
"""The provider that is always there: simulated targets inside the process."""

OPENAI_ONLY: Final = "openai_only"
"""In a row's `drop`: stands for the fields that only OpenAI itself takes."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """One row."""

    id: str
    name: str
    protocol: str
    base_url: str
    env: tuple[str, ...] = ()
    """Variables that may hold the key, in order."""
    base_url_env: tuple[str, ...] = ()
    """Variables that may hold another `base_url`."""
    host_env: tuple[str, ...] = ()
    """Variables that may hold a host or host:port; scheme, port and path come from `base_url`."""
    keyless: bool = False
    """Works without a key."""
    families: tuple[str, ...] = ()
    """Beginnings of model names that belong to it."""
    aliases: tuple[str, ...] = ()
    quirks: Quirks = field(default_factory=Quirks)
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Catalog:
    """All rows, by id and by every further name."""

    vendors: tuple[Vendor, ...]
    by_name: Mapping[str, Vendor]
    compatible: Quirks
    """For an openai-shaped entry with an own address and no vendor."""

    def find(self, name: str) -> Vendor | None:
        """The row of that name, letter case ignored."""
        return self.by_name.get(name.lower())


_WORD: Final = Text("a word", r"\S+")
_WORDS: Final = ListOf(_WORD, "a list of words")
_ID: Final = Text("a lower-case name", r"[a-z0-9][a-z0-9._-]*")
_IDS: Final = ListOf(_ID, "a list of lower-case names")
_VARIABLES: Final = ListOf(Text("a variable", "[A-Z][A-Z0-9_]*"), "a list of variables")

_QUIRKS: Final = Record(
    "quirks",
    {
        "rename": Field(MapOf(_WORD, "a map", "[a-z_]+", "a request field"), "Other names."),
        "drop": Field(_WORDS, "Fields that are refused."),
        "developer_role": Field(Flag(), "Whether it knows developer messages.", "true"),
        "stream_options": Field(Flag(), "Whether it takes stream_options.", "true"),
        "think_tags": Field(Flag(), "Whether reasoning comes in tags.", "false"),
    },
)
_ROW: Final = Record(
    "vendor",
    {
        "id": Field(_ID, "Its name in a configuration.", required=True),
        "name": Field(Text(), "As people write it.", required=True),
        "protocol": Field(Choice(PROTOCOLS), "The codec.", required=True),
        "base_url": Field(Url(), "Its address.", required=True),
        "env": Field(_VARIABLES, "Variables with the key."),
        "base_url_env": Field(_VARIABLES, "Variables with another address."),
        "host_env": Field(_VARIABLES, "Variables with another host."),
        "keyless": Field(Flag(), "Whether it works without a key.", "false"),
        "families": Field(_WORDS, "Beginnings of its models' names."),
        "aliases": Field(_IDS, "Further names."),
        "quirks": Field(_QUIRKS, "How it differs from OpenAI."),
        "headers": Field(
            MapOf(Text(), "a map of headers", "[a-z0-9-]+", "a lower-case header name"), "Sent."
        ),
    },
)
_CATALOG: Final = Record(
    "catalogue",
    {
        OPENAI_ONLY: Field(_WORDS, "Request fields of OpenAI alone.", required=True),
        "compatible": Field(_QUIRKS, "The quirks of an unknown server.", required=True),
        "vendors": Field(ListOf(_ROW, "a list of vendors", least=1), "The rows.", required=True),
    },
)


@lru_cache(maxsize=1)
def catalog() -> Catalog:
    """The rows that come with Firstbyte.

    Raises:
        ConfigError: a row is not as it should be.
    """
    return read(files("proxy.config").joinpath("vendors.yaml").read_bytes(), "vendors.yaml")


def read(data: bytes, source: str) -> Catalog:
    """Read a catalogue from YAML.

    Raises:
        ConfigError: with a place for each slip.
    """
    findings = Findings()
    tree = parse(data, source, findings) or Entries(Place(source, 1, 1), {})
    found = _CATALOG.read(tree, "", findings)
    findings.settle()
    # Without a problem every required value is there.
    root = found or Section("", tree.place)
    only = root.get(OPENAI_ONLY)
    sections: tuple[Section, ...] = root.get("vendors")
    vendors = tuple(_vendor(section, only) for section in sections)
    names = _named(vendors, sections, findings)
    _distinct_families(vendors, sections, findings)
    findings.settle()
    return Catalog(vendors, names, _quirks(root.section("compatible"), only))


def _vendor(row: Section, only: Iterable[str]) -> Vendor:
    written: dict[str, Any] = dict(row.values)
    headers = row.section("headers").values
    written["quirks"] = _quirks(row.section("quirks"), only)
    written["headers"] = tuple(headers.items())
    return Vendor(**written)


def _quirks(section: Section, only: Iterable[str]) -> Quirks:
    drop = frozenset(section.get("drop", ()))
    return Quirks(
        rename=dict(section.section("rename").values),
        drop=(drop - {OPENAI_ONLY}) | frozenset(only) if OPENAI_ONLY in drop else drop,
        developer_role=section.get("developer_role", True),
        stream_options=section.get("stream_options", True),
        think_tags=section.get("think_tags", False),
    )


def _named(
    vendors: tuple[Vendor, ...], rows: tuple[Section, ...], findings: Findings
) -> dict[str, Vendor]:
    names: dict[str, Vendor] = {}
    for vendor, row in zip(vendors, rows, strict=True):
        for name in (vendor.id, *vendor.aliases):
            if name in names or name == MOCK:
                findings.blame(row.at("id"), under(row.path, "id"), f"{quoted(name)} is taken")
            names[name] = vendor
    return names


def _distinct_families(
    vendors: tuple[Vendor, ...], rows: tuple[Section, ...], findings: Findings
) -> None:
    taken: dict[str, str] = {}
    for vendor, row in zip(vendors, rows, strict=True):
        for family in vendor.families:
            if family in taken:
                message = f"{quoted(family)} belongs to {taken[family]}"
                findings.blame(row.at("families"), under(row.path, "families"), message)
            taken[family] = vendor.id
