"""What the environment alone says: which vendors have a key, and at what address.

Without a file, every vendor whose key variable is set becomes a provider by itself. With a file, an entry takes
from here what it does not say.

Invariant: a base-URL variable that points at our own listener is never obeyed: a client's setting for us, exported
in the shell we started from, must not make us call ourselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address
from itertools import chain
from urllib.parse import urlsplit, urlunsplit

from proxy.config.addresses import filled, places
from proxy.config.catalog import Catalog, Vendor
from proxy.config.credentials import is_sendable
from proxy.config.options import missing, options, scheme
from proxy.config.problems import Findings
from proxy.config.schema import Provider, Server
from proxy.config.urls import is_address
from proxy.core.secret import Secret


def providers(
    catalog: Catalog, environ: Mapping[str, str], server: Server, findings: Findings
) -> dict[str, Provider]:
    """Every vendor that the environment configures, by id, in the catalogue's order."""
    made: dict[str, Provider] = {}
    for vendor in catalog.vendors:
        if not is_set_up(vendor, environ):
            continue
        found = provider(vendor, vendor.id, environ, server, findings)
        if points_at(found.base_url, server):
            findings.warn(f"{vendor.name} is left out: its usual address is this very server.")
            continue
        if found.off:
            findings.warn(f"The provider {vendor.id} is off: {found.off}.")
        made[vendor.id] = found
    return made


def is_set_up(vendor: Vendor, environ: Mapping[str, str]) -> bool:
    """Whether variables speak for it: its key, another login, or the host of a server that needs none."""
    if any(_held(name, environ) for name in variables(vendor)):
        return True
    if not any(all(_held(name, environ) for name in login) for login in vendor.login_env):
        return False
    # Such variables are there for other tools too: without the rest they say nothing about us.
    known = options(vendor, vendor.protocol, {}, environ)
    return not missing(vendor.protocol, known)


def variables(vendor: Vendor) -> tuple[str, ...]:
    """Those of which one alone speaks for it."""
    return vendor.env + (vendor.host_env + vendor.base_url_env if vendor.keyless else ())


def provider(
    vendor: Vendor, name: str, environ: Mapping[str, str], server: Server, findings: Findings
) -> Provider:
    """The provider that a row and the environment make, off where its key or its address is missing."""
    secret, variable = key(vendor, environ)
    known = options(vendor, vendor.protocol, {}, environ)
    base_url = address(vendor, known, environ, server, findings)
    made = Provider(
        name=name,
        vendor=vendor.id,
        protocol=vendor.protocol,
        base_url=base_url,
        api_keys=(secret,) if secret else (),
        key_variable=variable,
        auth=None if secret else scheme(vendor.protocol, {}, known, environ),
        options=known,
        headers=vendor.headers,
        quirks=vendor.quirks,
        families=vendor.families,
        capabilities=vendor.capabilities,
        models=vendor.models,
        surfaces=vendor.surfaces_at(base_url),
    )
    return replace(made, off=_why_off(vendor, made, environ))


def _why_off(vendor: Vendor, made: Provider, environ: Mapping[str, str]) -> str:
    if not (made.api_keys or vendor.keyless or vendor.login_env):
        return why_off(made.key_variable, environ)
    lacks = missing(vendor.protocol, made.options)
    if lacks:
        names = vendor.option_env.get(lacks, ())
    elif not made.base_url:
        named = (vendor.option_env.get(name, ()) for name in places(vendor.base_url))
        names = (*address_variables(vendor), *chain.from_iterable(named))
    else:
        return ""
    return why_off(names[0], environ, "name") if names else "its address is not known"


def _held(name: str, environ: Mapping[str, str]) -> bool:
    return bool(environ.get(name, "").strip())


def address_variables(vendor: Vendor) -> tuple[str, ...]:
    """Variables that may give its whole address, or its host."""
    return vendor.base_url_env + vendor.host_env


def key(vendor: Vendor, environ: Mapping[str, str]) -> tuple[Secret | None, str]:
    """The vendor's key, if a variable holds one, and the variable that was looked at."""
    for variable in vendor.env:
        value = environ.get(variable, "").strip()
        if value and is_sendable(value):
            return Secret(value), variable
    there = [variable for variable in vendor.env if variable in environ]
    return None, (there or [*vendor.env, ""])[0]


def why_off(variable: str, environ: Mapping[str, str], thing: str = "key") -> str:
    """Why a variable gives no key, or no other thing."""
    if variable not in environ:
        return f"{variable} is not set"
    if not environ[variable].strip():
        return f"{variable} is empty"
    return f"{variable} holds characters that no {thing} has"


def address(
    vendor: Vendor,
    known: Mapping[str, str],
    environ: Mapping[str, str],
    server: Server,
    findings: Findings,
) -> str:
    """The vendor's base URL: from its variables where they are fit, else the row's, empty where places in it stay open."""
    usual = filled(vendor.base_url, known)
    used = f"{usual} is used" if usual else "it has no other address"
    for variable in address_variables(vendor):
        value = environ.get(variable, "").strip()
        if not value:
            continue
        url = value if variable in vendor.base_url_env else completed(value, vendor.base_url)
        if not is_address(url):
            findings.warn(
                f"{variable} is ignored: expected an http:// or https:// address without "
                f"credentials, query or fragment; {used}."
            )
        elif points_at(url, server):
            findings.warn(f"{variable} is ignored: it points at this very server; {used}.")
        else:
            return url.rstrip("/")
    return usual


def completed(host: str, base_url: str) -> str:
    """A URL from `host`, `host:port`, `:port` or a URL without path; what is missing comes from `base_url`."""
    row = urlsplit(base_url)
    try:
        parts = urlsplit(host if "://" in host else f"{row.scheme}://{host}")
        port = parts.port
    except ValueError:
        return ""
    if not parts.netloc:
        return ""
    if port is None and "://" not in host:
        port = row.port
    name = parts.hostname or "localhost"
    name = "127.0.0.1" if name == "0.0.0.0" else f"[{name}]" if ":" in name else name  # noqa: S104 (compared, not bound)
    location = name if port is None else f"{name}:{port}"
    path = parts.path.rstrip("/") or row.path
    return urlunsplit((parts.scheme, location, path, parts.query, parts.fragment))


def points_at(url: str, server: Server) -> bool:
    """Whether a URL leads back to our own listener."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme.lower()]
    except (ValueError, KeyError):
        return False
    if port != server.port:
        return False
    host = (parts.hostname or "").rstrip(".")
    ours = is_loopback(server.host) or is_wildcard(server.host)
    if ours and (is_loopback(host) or is_wildcard(host)):
        return True
    return host == server.host.lower() or host in {name.lower() for name in server.hosts}


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_wildcard(host: str) -> bool:
    """Whether it is every address of this machine."""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False
