"""The catalogue: what is known of each vendor, read from `vendors.yaml` beside this file.

A vendor is a row. The rows pass the same reader as a configuration does, so a slip in one is told with file, line
and column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from proxy.config import capabilities, quirks
from proxy.config.addresses import is_theirs
from proxy.config.kinds import Choice, Flag, Text, Url
from proxy.config.positions import Entries, parse
from proxy.config.problems import Findings, Place, quoted, under
from proxy.config.protocols import PROTOCOLS, SURFACES, WORD
from proxy.config.quirks import OPENAI_ONLY
from proxy.config.sections import Field, ListOf, MapOf, Record, Section
from proxy.core.shape import Capabilities, Headers, Quirks

TABLE: Final = Path(__file__).with_name("vendors.yaml")
MOCK: Final = "mock"
"""The provider that is always there: simulated targets inside the process."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """One row."""

    id: str
    name: str
    protocol: str
    base_url: str
    """May hold places, which `config/addresses.py` fills: `https://api.example/{account}/v1`."""
    speaks: tuple[str, ...] = ()
    """Further protocols at the same address."""
    env: tuple[str, ...] = ()
    """Variables that may hold the key, in order."""
    login_env: tuple[tuple[str, ...], ...] = ()
    """Sets of variables that stand for a key: all of one set, and the protocol finds a credential by itself."""
    base_url_env: tuple[str, ...] = ()
    """Variables that may hold another `base_url`."""
    host_env: tuple[str, ...] = ()
    """Variables that may hold a host or host:port; scheme, port and path come from `base_url`."""
    option_env: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Variables that may hold a region, an account and their like."""
    option_default: Mapping[str, str] = field(default_factory=dict)
    keyless: bool = False
    """Works without a key."""
    families: tuple[str, ...] = ()
    """Beginnings of model names that belong to it."""
    aliases: tuple[str, ...] = ()
    quirks: Quirks = field(default_factory=Quirks)
    headers: Headers = ()
    capabilities: Capabilities = field(default_factory=Capabilities)
    """What is known of all its models."""
    models: Mapping[str, Capabilities] = field(default_factory=dict)
    """What is known of models by the beginning of their names."""
    surfaces: tuple[str, ...] = ()
    """APIs that it has itself beside that of its protocol."""

    def surfaces_at(self, base_url: str) -> tuple[str, ...]:
        """Its surfaces, as far as they are certain at an address: a stranger's may have none but chat."""
        return self.surfaces if is_theirs(base_url, self.base_url) else ()


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
_PROTOCOLS: Final = ListOf(Choice(PROTOCOLS), "a list of protocols")
_SURFACES: Final = ListOf(Choice(SURFACES), "a list of surfaces")
_OPTION: Final = "[a-z_]+"

_ROW: Final = Record(
    "vendor",
    {
        "id": Field(_ID, "Its name in a configuration.", required=True),
        "name": Field(Text(), "As people write it.", required=True),
        "protocol": Field(Choice(PROTOCOLS), "The codec.", required=True),
        "speaks": Field(_PROTOCOLS, "Further codecs at this address."),
        "base_url": Field(Url(), "Its address.", required=True),
        "env": Field(_VARIABLES, "Variables with the key."),
        "login_env": Field(
            ListOf(_VARIABLES, "a list of sets of variables"), "Variables in place of a key."
        ),
        "base_url_env": Field(_VARIABLES, "Variables with another address."),
        "host_env": Field(_VARIABLES, "Variables with another host."),
        "option_env": Field(
            MapOf(_VARIABLES, "a map", _OPTION, "an option"), "Variables with options."
        ),
        "option_default": Field(
            MapOf(Text("a word", WORD), "a map", _OPTION, "an option"), "Options otherwise."
        ),
        "keyless": Field(Flag(), "Whether it works without a key.", "false"),
        "families": Field(_WORDS, "Beginnings of its models' names."),
        "aliases": Field(_IDS, "Further names."),
        "quirks": Field(quirks.RECORD, "How it differs from OpenAI; by default `compatible`."),
        "headers": Field(
            MapOf(Text(), "a map of headers", "[a-z0-9-]+", "a lower-case header name"), "Sent."
        ),
        "capabilities": Field(capabilities.RECORD, "What all its models can do."),
        "models": Field(
            MapOf(capabilities.RECORD, "a map", r"\S+", "the beginning of a model's name"),
            "What some of its models can do.",
        ),
        "surfaces": Field(_SURFACES, "APIs that it has itself beside that of its protocol."),
    },
)
_CATALOG: Final = Record(
    "catalogue",
    {
        OPENAI_ONLY: Field(_WORDS, "Request fields of OpenAI alone.", required=True),
        "compatible": Field(quirks.RECORD, "The quirks of an unknown server.", required=True),
        "vendors": Field(ListOf(_ROW, "a list of vendors", least=1), "The rows.", required=True),
    },
)


_MAPS: Final = frozenset({"option_env", "option_default"})


@lru_cache(maxsize=1)
def catalog() -> Catalog:
    """The rows that come with Firstbyte.

    Raises:
        ConfigError: a row is not as it should be.
    """
    return read(TABLE.read_bytes(), TABLE.name)


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
    compatible = quirks.read(root.section("compatible"), only, findings)
    sections: tuple[Section, ...] = root.get("vendors")
    vendors = tuple(_vendor(section, compatible, only, findings) for section in sections)
    names = _named(vendors, sections, findings)
    _distinct_families(vendors, sections, findings)
    findings.settle()
    return Catalog(vendors, names, compatible)


def _vendor(row: Section, compatible: Quirks, only: Iterable[str], findings: Findings) -> Vendor:
    written: dict[str, Any] = dict(row.values)
    for name in _MAPS & written.keys():
        written[name] = dict(row.section(name).values)
    if "quirks" in written:
        written["quirks"] = quirks.read(row.section("quirks"), only, findings)
    elif written["protocol"] == "openai":
        written["quirks"] = compatible
    written["headers"] = tuple(row.section("headers").values.items())
    written["capabilities"] = capabilities.read(row.section("capabilities"))
    models = row.section("models").values
    written["models"] = {name: capabilities.read(known) for name, known in models.items()}
    return Vendor(**written)


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
