"""One entry under `providers:` and its vendor's row, made into the provider in force.

What the entry says wins; what it leaves out comes from the row and from the row's variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from proxy.config import environment
from proxy.config.addresses import places
from proxy.config.catalog import MOCK, Catalog, Vendor
from proxy.config.credentials import Credential
from proxy.config.fields.limits import LIMITS, RATES
from proxy.config.options import missing, scheme
from proxy.config.own_keys import OwnKeys, either, has_key
from proxy.config.problems import Findings, quoted, suggestion, under
from proxy.config.protocols import CHAT_SHAPED, FIELDS
from proxy.config.schema import Provider, Server
from proxy.config.sections import Section
from proxy.config.urls import is_overheard
from proxy.core.secret import Secret
from proxy.core.shape import Capabilities, Headers, Quirks

FRAMING: Final = frozenset(
    {"connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""Headers that belong to the connection, not to a configuration."""
_KEYED: Final = frozenset({"api-key", "authorization", "x-api-key", "x-goog-api-key"})
"""Headers that are a key's, where an entry writes one itself."""


@dataclass(frozen=True, slots=True)
class _Login:
    """How a provider is called: with which keys, or why not at all."""

    keys: tuple[Secret, ...] = ()
    variable: str = ""
    passthrough: bool = False
    off: str = ""


@dataclass(frozen=True, slots=True)
class Entries:
    """Makes providers; holds what all entries need."""

    catalog: Catalog
    environ: Mapping[str, str]
    server: Server
    findings: Findings

    def provider(self, name: str, entry: Section) -> Provider | None:
        """The provider, None (and a problem) where the entry cannot be one."""
        if name == MOCK:
            self.findings.blame(entry.place, entry.path, f"{quoted(MOCK)} is built in")
            return None
        vendor, protocol = self._spoken(name, entry)
        row = vendor if vendor is not None and speaks(vendor, protocol) else None
        keys = OwnKeys(self.catalog, self.findings)
        login = keys.login(entry, protocol, row)
        known = keys.options(entry, protocol, row, self.environ)
        base_url = self._base_url(name, entry, vendor, row, known)
        if not base_url:
            return None
        key = self._login(name, entry, vendor)
        tells = key.keys or key.passthrough or _KEYED & entry.section("headers").values.keys()
        if tells and is_overheard(base_url):
            self.findings.warn(
                f"Keys for the provider {name} travel unencrypted: its address begins with http://."
            )
        more = None if key.keys or key.passthrough else scheme(protocol, login, known, self.environ)
        return Provider(
            name=name,
            vendor=vendor.id if vendor else "",
            protocol=protocol,
            base_url=base_url,
            api_keys=key.keys,
            key_variable=key.variable,
            passthrough=key.passthrough,
            auth=more,
            options=known,
            headers=self._headers(entry, row),
            quirks=self._quirks(vendor, row, protocol),
            families=vendor.families if vendor else (),
            capabilities=vendor.capabilities if vendor else Capabilities(),
            models=vendor.models if vendor else {},
            limits=limits_of(entry),
            surfaces=self._surfaces(entry, row, protocol, base_url),
            off=key.off,
        )

    def _spoken(self, name: str, entry: Section) -> tuple[Vendor | None, str]:
        """The entry's row and its protocol. A protocol whose address is made of its options names its own row."""
        vendor = self._vendor(name, entry)
        protocol = entry.get("protocol") or (vendor.protocol if vendor else "openai")
        if {"vendor", "base_url"} & entry.nodes.keys() or (vendor and speaks(vendor, protocol)):
            return vendor, protocol
        native = self.catalog.find(protocol)
        made = native is not None and native.protocol == protocol and places(native.base_url)
        return (native if made else vendor), protocol

    def _vendor(self, name: str, entry: Section) -> Vendor | None:
        asked = entry.get("vendor")
        vendor = self.catalog.find(asked or name)
        if asked and vendor is None:
            near = suggestion(asked, self.catalog.by_name)
            message = f"the vendor {entry.shown('vendor')} is not in the catalogue{near}"
            self.findings.blame(entry.at("vendor"), under(entry.path, "vendor"), message)
        return vendor

    def _base_url(
        self,
        name: str,
        entry: Section,
        vendor: Vendor | None,
        row: Vendor | None,
        known: Mapping[str, str],
    ) -> str:
        written = "base_url" in entry.nodes
        if written:
            url: str = entry.get("base_url", "")
        elif row is not None:
            url = environment.address(row, known, self.environ, self.server, self.findings)
            if not url:
                self._open_address(entry, row, known)
        else:
            url = ""
            self._no_address(name, entry, vendor)
        if url and environment.points_at(url, self.server):
            self.findings.blame(
                entry.at("base_url"),
                under(entry.path, "base_url"),
                "expected the address of the provider, got this server's own listener",
            )
        return url

    def _no_address(self, name: str, entry: Section, vendor: Vendor | None) -> None:
        if vendor is not None:
            message = (
                f"expected a `base_url`: {vendor.name}'s own address speaks {vendor.protocol}, "
                f"not {entry.get('protocol')}"
            )
        elif "vendor" in entry.nodes:
            return
        else:
            near = suggestion(name, self.catalog.by_name)
            message = (
                f"expected a `base_url` or a `vendor`: {quoted(name)} is no vendor's name{near}"
            )
        self.findings.blame(entry.place, entry.path, message)

    def _open_address(self, entry: Section, row: Vendor, known: Mapping[str, str]) -> None:
        """The row's address has places, and nothing fills them."""
        ways = ["a `base_url`", *environment.address_variables(row)]
        for place in places(row.base_url):
            if place in entry.nodes or (
                place == missing(row.protocol, known) and not has_key(entry)
            ):
                # What is wrong with it, or that it is missing, has been told.
                return
            article = "an" if place[0] in "aeiou" else "a"
            ways += [f"{article} `{place}`"] if place in FIELDS else []
            ways += row.option_env.get(place, ())
        message = f"expected {either(ways)}: {row.name}'s address is your own, like {row.base_url}"
        self.findings.blame(entry.place, entry.path, message)

    def _login(self, name: str, entry: Section, vendor: Vendor | None) -> _Login:
        written: Credential | None = entry.get("api_key")
        if written is not None:
            login = _from_entry(written, vendor, self.environ)
        elif vendor is not None and "api_key" not in entry.nodes:
            login = self._from_row(vendor)
        else:
            login = _Login()
        if login.off:
            self.findings.warn(f"The provider {name} is off: {login.off}.")
        elif written is not None:
            for variable in written.missing:
                why = environment.why_off(variable, self.environ)
                self.findings.warn(f"The provider {name} goes without one of its keys: {why}.")
        return login

    def _from_row(self, vendor: Vendor) -> _Login:
        secret, variable = environment.key(vendor, self.environ)
        if secret is not None:
            return _Login((secret,), variable)
        if vendor.keyless or vendor.login_env:
            return _Login(variable=variable)
        return _Login(variable=variable, off=environment.why_off(variable, self.environ))

    def _headers(self, entry: Section, row: Vendor | None) -> Headers:
        own = entry.section("headers")
        for name in own.values:
            if name in FRAMING:
                message = "belongs to the connection and cannot be set"
                self.findings.blame(own.at(name), under(own.path, name), message)
        headers = dict(row.headers) if row is not None else {}
        headers |= {name: value.reveal() for name, value in own.values.items()}
        return tuple(headers.items())

    def _surfaces(
        self, entry: Section, row: Vendor | None, protocol: str, base_url: str
    ) -> tuple[str, ...]:
        if "surfaces" in entry.nodes and protocol not in CHAT_SHAPED:
            known = " and ".join(CHAT_SHAPED)
            message = f"expected at the protocols {known} only, got {protocol}"
            self.findings.blame(entry.at("surfaces"), under(entry.path, "surfaces"), message)
        vendors = row.surfaces_at(base_url) if row else ()
        surfaces: tuple[str, ...] = entry.get("surfaces", vendors)
        return surfaces

    def _quirks(self, vendor: Vendor | None, row: Vendor | None, protocol: str) -> Quirks:
        if row is not None and row.protocol == protocol:
            return row.quirks
        unknown = vendor is None and protocol == "openai"
        return self.catalog.compatible if unknown else Quirks()


def speaks(vendor: Vendor, protocol: str) -> bool:
    """Whether the vendor's own address understands a protocol."""
    return protocol == vendor.protocol or protocol in vendor.speaks


def limits_of(section: Section) -> dict[str, object]:
    """The limits that a record says, by field name; `off` is None, which is not the same as saying nothing."""
    said = {name: section.values[name] for name in (*LIMITS, *RATES) if name in section.values}
    return {name: None if value == "off" else value for name, value in said.items()}


def _from_entry(written: Credential, vendor: Vendor | None, environ: Mapping[str, str]) -> _Login:
    if written.passthrough:
        return _Login(passthrough=True)
    off = ""
    if not written.keys:
        if written.missing:
            off = environment.why_off(written.missing[0], environ)
        elif written.blank and vendor is not None and not vendor.keyless:
            off = f"{written.variable} is empty"
    return _Login(written.keys, written.variable, off=off)
