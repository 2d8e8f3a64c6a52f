"""What `firstbyte doctor` asks of this machine: ports, open files, certificates. Nothing here leaves it."""

import errno
import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPException
from typing import Final
from urllib.parse import urlsplit

from proxy.commands.finding import Finding, fail, ok, warn
from proxy.commands.origin import is_local, origin
from proxy.commands.probe import PATHS, ask
from proxy.config.schema import Server, Tls
from proxy.web.descriptors import raise_limit, shortage

SECONDS: Final = 2.0
"""For whoever holds our port to say who it is."""
_PRIVILEGED: Final = 1024


def examine(server: Server) -> Iterator[Finding]:
    """Everything that a server with these settings needs of the machine."""
    yield open_files(server.max_in_flight)
    yield from certificate(server.tls)
    tls = bool(server.tls.cert)
    yield port("port", server.host, server.port, "server.listen / --listen", tls=tls)
    if server.ops_host:
        # As `proxy/app.py` has it: operators on this machine are answered without TLS.
        tls = tls and not is_local(server.ops_host)
        setting = "server.ops_listen / --ops-listen"
        yield port("ops port", server.ops_host, server.ops_port, setting, tls=tls)


def open_files(max_in_flight: int) -> Finding:
    """Whether the system lets us have as many connections as calls need."""
    raise_limit()
    short = shortage(max_in_flight)
    if short:
        said, _, remedy = short.partition("; ")
        return warn("files", said, remedy)
    return ok("files", f"enough for {max_in_flight} calls at once")


def certificate(tls: Tls) -> Iterator[Finding]:
    """Whether the certificate and its key can be used; nothing where there is none."""
    if not tls.cert:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tls.cert, tls.key)
    except OSError as error:
        why = error.strerror or type(error).__name__
        hint = "set server.tls.cert and server.tls.key to PEM files that belong together"
        yield fail("tls", f"{tls.cert} with the key {tls.key} cannot be used: {why}", hint)
    else:
        yield ok("tls", f"{tls.cert} and its key belong together")


def port(subject: str, host: str, number: int, setting: str, *, tls: bool) -> Finding:
    """Whether an address can be had, or is ours already.

    Args:
        subject: The finding's.
        host: Where a listener would be bound.
        number: Its port; 0 for any.
        setting: What names it, for the remedy.
        tls: Whether our own server would speak TLS there.
    """
    where = f"{f'[{host}]' if ':' in host else host}:{number}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        return _taken(subject, where, origin(host, number, tls=tls), setting, error)
    return ok(subject, f"{where} is free")


def _taken(subject: str, where: str, at: str, setting: str, error: OSError) -> Finding:
    if error.errno == errno.EADDRINUSE:
        if _is_ours(at):
            return ok(subject, f"{where} is served by a Firstbyte that is running")
        return fail(subject, f"{where} is in use", f"stop the other process or set {setting}")
    if error.errno == errno.EACCES:
        hint = f"ports below {_PRIVILEGED} need a privilege; set {setting}"
        return fail(subject, f"{where} may not be used", hint)
    return fail(subject, f"{where} cannot be had: {error.strerror or error}", f"set {setting}")


def _is_ours(at: str) -> bool:
    try:
        status, body = ask(urlsplit(at), PATHS["live"], SECONDS)
    except (OSError, HTTPException):
        return False
    return status == 200 and body == b'{"status":"ok"}'
