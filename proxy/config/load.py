"""Finds the file, reads it, and gives the configuration in force, or every reason why not.

    bytes -> positions.parse -> profiles.merged -> references.replaced -> fields.ROOT.read -> records of schema.py

Invariant: for any bytes, any environment and any profile, `load` returns a `Config` or raises `ConfigError`, and
neither holds a secret that `repr` or `str` would show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any, Final

from proxy.config import environment, prices
from proxy.config.cascades import Cascades, cascading, check_default
from proxy.config.catalog import catalog
from proxy.config.entries import Entries as ProviderEntries
from proxy.config.entries import limits_of
from proxy.config.fields.root import ROOT
from proxy.config.kinds import shown, split_listen
from proxy.config.outside import ALONE, Outside
from proxy.config.positions import MAX_BYTES, Entries, Node, parse
from proxy.config.problems import ConfigError, Findings, Place, Problem, quoted, under
from proxy.config.profiles import KEY, chosen, merged, split
from proxy.config.references import Read, References
from proxy.config.schema import (
    Auth,
    Config,
    Cors,
    Limits,
    Log,
    Provider,
    Responses,
    Server,
    StaticKey,
    Tls,
)
from proxy.config.sections import Section
from proxy.config.several import check_shared
from proxy.core.secret import Secret

SEARCHED: Final = ("firstbyte.yaml", "config/firstbyte.yaml")
FILE_VARIABLE: Final = "FIRSTBYTE_CONFIG"
PROFILE_VARIABLE: Final = "FIRSTBYTE_PROFILE"
ADMIN_VARIABLE: Final = "FIRSTBYTE_ADMIN_KEY"
KEPT: Final = "sqlite:firstbyte.db"
"""The store where callers need keys, unless another is written: keys must outlive the process."""
_PUT_BACK: Final = (
    "; put it back where it can be read, or stop this process and start it anew without it"
)
_WRITE_BACK: Final = "; write what shall hold, or `{}` where nothing of it shall"
_LOAD: Final = ("max_in_flight", "max_queue", "queue_timeout", "drain_delay", "drain_timeout")

__all__ = ["SEARCHED", "ConfigError", "Problem", "load", "read_file"]


def read_file(path: str) -> bytes:
    """A file's bytes, one more than a configuration may have at the most."""
    with Path(path).open("rb") as file:
        return file.read(MAX_BYTES + 1)


def load(
    path: str | None,
    *,
    environ: Mapping[str, str],
    profile: str | None = None,
    read: Read = read_file,
    listen: str = "",
    ops_listen: str = "",
    workers: int = 0,
    outside: Outside = ALONE,
) -> Config:
    """The configuration in force.

    Args:
        path: The file; None to look at `$FIRSTBYTE_CONFIG`, `./firstbyte.yaml` and `./config/firstbyte.yaml`, and to
            go by the environment alone where none of them is.
        environ: The environment.
        profile: The profile's name; None for `$FIRSTBYTE_PROFILE`; empty for none.
        read: Reads a file, raising `OSError`.
        listen: `host:port` in place of the file's, from the command line.
        ops_listen: `host:port` or `off`, likewise.
        workers: How many, likewise; 0 for what the file says.
        outside: Knows what the file by itself does not tell.

    Raises:
        ConfigError: every problem at once.
    """
    findings = Findings()
    source, data = _found(path, environ, read, _PUT_BACK if outside.again else "")
    tree = _tree(data, source, findings, must_speak=outside.again)
    asked = environ.get(PROFILE_VARIABLE, "") if profile is None else profile
    origin = Place("--profile" if profile is not None else f"${PROFILE_VARIABLE}")
    references = References(environ, read, str(PurePath(source).parent) if source else "")
    root = _root(tree, asked, origin, references, findings)
    server = _server(root, listen, ops_listen, findings)
    if workers:
        server = replace(server, workers=workers)
    outside.look_at_tls(root.section("server").section("tls"), findings)
    config = _config(root, source, server, environ, outside, findings)
    findings.settle()
    return config


def _found(
    path: str | None, environ: Mapping[str, str], read: Read, hint: str
) -> tuple[str, bytes]:
    """The file's name and bytes; both empty where there is no file to be found."""
    named = path or environ.get(FILE_VARIABLE, "")
    if named:
        try:
            return named, read(named)
        except (OSError, ValueError) as error:
            raise _unreadable(named, error, hint) from None
    for candidate in SEARCHED:
        try:
            return candidate, read(candidate)
        except FileNotFoundError:
            continue
        except NotADirectoryError:
            continue
        except (OSError, ValueError) as error:
            raise _unreadable(candidate, error) from None
    return "", b""


def _unreadable(name: str, error: Exception, hint: str = "") -> ConfigError:
    why = (getattr(error, "strerror", None) or "not a path").lower()
    shown_name = name if name.isprintable() else quoted(name)
    return ConfigError((Problem(shown_name, 0, 0, "", f"the file cannot be read: {why}{hint}"),))


def _tree(data: bytes, source: str, findings: Findings, *, must_speak: bool = False) -> Entries:
    tree = parse(data, source, findings)
    if isinstance(tree, Entries):
        return tree
    if tree is not None:
        findings.blame(tree.place, "", f"expected a map of sections, got {shown(tree)}")
    elif must_speak and not findings.noted:
        # A file that was cut to be written anew, or lost on a full disk, says nothing of who may call.
        findings.blame(Place(source, 1, 1), "", f"the file says nothing{_WRITE_BACK}")
    return Entries(Place(source, 1 if source else 0, 1), {})


def _root(
    tree: Entries, asked: str, origin: Place, references: References, findings: Findings
) -> Section:
    base, profiles = split(tree)
    over = chosen(profiles, asked, origin, findings) if asked else None
    whole: Node = merged(base, over) if over is not None else base
    root = ROOT.read(references.replaced(whole), "", findings)
    _look_at_profiles(tree, asked if over is not None else "", references, findings)
    return root if root is not None else Section("", tree.place)


def _look_at_profiles(
    tree: Entries, active: str, references: References, findings: Findings
) -> None:
    """Tell of slips in profiles that are not in force too, without asking for their variables."""
    entry = tree.entries.get(KEY)
    if entry is None:
        return
    node = entry.node
    if isinstance(node, Entries) and active:
        rest = {
            name: inner
            for name, inner in node.entries.items()
            if name != active or not isinstance(inner.node, Entries)
        }
        node = Entries(node.place, rest)
    pending = References(references.environ, references.read, references.base, pending=True)
    ROOT.fields[KEY].kind.read(pending.replaced(node), KEY, findings)


def _server(root: Section, listen: str, ops_listen: str, findings: Findings) -> Server:
    section = root.section("server")
    tls = section.section("tls")
    place = Place("--listen") if listen else section.at("listen")
    usual = Server()
    host, port = _address("--listen", listen, findings) or section.get(
        "listen", (usual.host, usual.port)
    )
    ops = _address("--ops-listen", ops_listen, findings, word="off") or section.get(
        "ops_listen", (usual.ops_host, usual.ops_port)
    )
    if port and (host, port) == ops:
        findings.blame(
            Place("--ops-listen") if ops_listen else section.at("ops_listen"),
            "server.ops_listen",
            f"{host}:{port} is where calls are taken; expected another port, or `off`",
        )
    _check_exposure(host, listen or section.shown("listen"), place, root, findings)
    _check_tls(tls, findings)
    return Server(
        host=host,
        port=port,
        ops_host=ops[0],
        ops_port=ops[1],
        tls=Tls(tls.get("cert", ""), tls.get("key", "")),
        cors=Cors(**_written(section.section("cors"), "origins")),
        **_written(section, "hosts", "workers", "max_body", *_LOAD),
    )


def _address(
    option: str, written: str, findings: Findings, word: str = ""
) -> tuple[str, int] | None:
    """What an option of the command line says; None where it says nothing."""
    if word and written == word:
        return "", 0
    given = split_listen(written)
    if written and given is None:
        expected = "host:port like 127.0.0.1:8080"
        expected = f"`{word}` or {expected}" if word else expected
        findings.blame(Place(option), "", f"expected {expected}, got {quoted(written)}")
    return given


def _check_exposure(
    host: str, written: str, place: Place, root: Section, findings: Findings
) -> None:
    if environment.is_loopback(host) or "required" in root.section("auth").nodes:
        return
    findings.blame(
        place,
        "server.listen",
        f"{written} is reached from beyond this machine, so say who may call: write "
        "`auth: {required: true, keys: [...]}`, or `auth: {required: false}` to let everybody in",
    )


def _check_tls(tls: Section, findings: Findings) -> None:
    cert, key = tls.get("cert", ""), tls.get("key", "")
    if bool(cert) != bool(key):
        has, lacks = ("cert", "key") if cert else ("key", "cert")
        message = f"expected the key {quoted(lacks)} beside {quoted(has)}"
        findings.blame(tls.at(has), tls.path, message)


def _auth(root: Section, environ: Mapping[str, str], findings: Findings) -> Auth:
    section = root.section("auth")
    keys: list[StaticKey] = []
    for written in section.get("keys", ()):
        if "key" not in written.values:
            continue
        secret = written.values["key"]
        if any(secret == earlier.key for earlier in keys):
            findings.blame(written.at("key"), under(written.path, "key"), "this key is given twice")
        keys.append(StaticKey(secret, **_written(written, "team", "allowed_models")))
    required = section.get("required", False)
    return Auth(
        required=required,
        stated="required" in section.values,
        keys=tuple(keys),
        admin_key=section.get("admin_key", Secret(environ.get(ADMIN_VARIABLE, "").strip())),
    )


def _store(root: Section, source: str, auth: Auth) -> Secret:
    """The store's address. A file stands beside the configuration, as files of references do."""
    written: Secret | None = root.get("store")
    if written is None:
        written = Secret(KEPT) if auth.required else Config().store
    kind, _, path = written.reveal().partition(":")
    if kind == "memory":
        # `memory:` itself must be quoted in YAML, where a colon at the end makes a key.
        return Config().store
    if kind != "sqlite" or not source:
        return written
    return Secret(f"{kind}:{PurePath(source).parent / path}")


def _config(
    root: Section,
    source: str,
    server: Server,
    environ: Mapping[str, str],
    outside: Outside,
    findings: Findings,
) -> Config:
    providers = _providers(root, source, server, environ, findings)
    defaults = root.section("defaults")
    entries = root.section("providers")
    cascades = Cascades(
        providers, entries.nodes, catalog(), environ, server, findings, outside.simulated
    )
    models = {
        name: cascades.alias(name, section, defaults)
        for name, section in root.section("models").values.items()
    }
    check_default(root, models, cascades)
    auth = _auth(root, environ, findings)
    store = _store(root, source, auth)
    outside.look_at_store(root, store, findings)
    check_shared(server.workers, auth, store, root.at("store"), findings)
    return Config(
        source=source,
        server=server,
        auth=auth,
        store=store,
        store_timeout=root.get("store_timeout", Config().store_timeout),
        log=Log(**_written(root.section("log"), "format", "content")),
        responses=Responses(**_written(root.section("responses"), "keep_days")),
        default_model=root.get("default_model", ""),
        console=root.get("console", Config().console),
        limits=_limits(defaults),
        providers=providers,
        models=models,
        prices=prices.read(root.section("prices"), cascades.names(), findings),
        warnings=tuple(findings.warnings),
        **cascading(defaults),
    )


def _providers(
    root: Section, source: str, server: Server, environ: Mapping[str, str], findings: Findings
) -> dict[str, Provider]:
    if not source:
        return environment.providers(catalog(), environ, server, findings)
    maker = ProviderEntries(catalog(), environ, server, findings)
    written = root.section("providers").values
    made = {name: maker.provider(name, entry) for name, entry in written.items()}
    return {name: provider for name, provider in made.items() if provider is not None}


def _limits(defaults: Section) -> Limits:
    said: dict[str, Any] = limits_of(defaults)
    if "first_byte_timeout" in said:
        said |= {"first_byte_written": True, "first_byte_reasoning": said["first_byte_timeout"]}
    return Limits(**said)


def _written(section: Section, *names: str) -> dict[str, Any]:
    """The values that were written; the record's own defaults stand for the rest."""
    return {name: section.values[name] for name in names if name in section.values}
