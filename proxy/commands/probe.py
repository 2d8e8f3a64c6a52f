"""`firstbyte probe`: ask a running proxy whether it lives, or is ready; the exit status is the answer.

For a kubelet, which cannot reach a listener on loopback but can run a command beside it, and for images without a
shell. `python -m proxy.commands.probe` is the same and starts in a fraction of the time, because it loads nothing else.

Invariant: 0 only where the proxy itself has answered 200; no redirect and no proxy of the environment is followed.
"""

import argparse
import sys
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from proxy.commands.origin import is_local, origin, trust
from proxy.commands.verb import Misused, Unusable, Verb, add_config_options, load_config, status_of
from proxy.config.problems import ConfigError, quoted
from proxy.config.schema import Server
from proxy.core import jsons

PATHS: Final = {"ready": "/readyz", "live": "/livez"}
MAX_ANSWER: Final = 64 * 1024
"""Bytes that are read of an answer."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The options."""
    parser.add_argument("question", metavar="|".join(PATHS), choices=PATHS, help="what to ask")
    parser.add_argument(
        "--url",
        metavar="URL",
        help="where the proxy listens (default: server.ops_listen, else server.listen)",
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=float,
        default=2.0,
        help="to connect, and again for the answer (default: 2)",
    )
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Ask; 0 for yes.

    Raises:
        Misused: the address that was given is none.
        Unusable: no, and why.
    """
    url = arguments.url or address(load_config(arguments).server)
    at = urlsplit(url)
    if at.scheme not in {"http", "https"} or not at.hostname or not _has_port(at):
        raise Misused(f"expected --url like http://127.0.0.1:8081, got {quoted(url)}")
    try:
        status, body = ask(at, PATHS[arguments.question], arguments.timeout)
    except (OSError, HTTPException) as error:
        raise Unusable(
            f"not {arguments.question}: {url} does not answer: {reason(error)}"
        ) from None
    if status != 200:
        raise Unusable(f"not {arguments.question}: {url} answers {status}{_reasons(body)}")
    print(arguments.question)
    return 0


def address(server: Server) -> str:
    """Where a server that is configured like this answers probes."""
    if server.ops_host:
        # As `proxy/app.py` has it: operators on this machine are answered without TLS.
        tls = bool(server.tls.cert) and not is_local(server.ops_host)
        return origin(server.ops_host, server.ops_port, tls=tls)
    return origin(server.host, server.port, tls=bool(server.tls.cert))


def reason(error: OSError | HTTPException) -> str:
    """Why there was no answer, in words and without a number of the system's.

    Args:
        error: What asking raised.
    """
    said = (getattr(error, "strerror", None) or str(error) or type(error).__name__).strip()
    return said[:1].lower() + said[1:] if said[:2].istitle() else said


def _has_port(at: SplitResult) -> bool:
    try:
        return at.port != 0
    except ValueError:
        return False


def ask(at: SplitResult, path: str, seconds: float) -> tuple[int, bytes]:
    """Status and body of one GET.

    Args:
        at: The server, with a path before `/v1` where it has one.
        path: What to ask.
        seconds: To connect, and again for the answer.

    Raises:
        OSError: no answer.
        HTTPException: none in HTTP.
    """
    host = at.hostname or ""
    connection = (
        HTTPSConnection(host, at.port, timeout=seconds, context=trust(host))
        if at.scheme == "https"
        else HTTPConnection(host, at.port, timeout=seconds)
    )
    try:
        connection.request("GET", at.path.rstrip("/").removesuffix("/v1") + path)
        answer = connection.getresponse()
        return answer.status, answer.read(MAX_ANSWER)
    finally:
        connection.close()


def _reasons(body: bytes) -> str:
    """What a proxy that is not ready says about it; empty for what is not its answer."""
    try:
        said: dict[str, Any] = jsons.decode_object(body)
    except jsons.JsonError:
        return ""
    reasons = said.get("reasons")
    return f": {', '.join(map(str, reasons))}" if isinstance(reasons, list) else ""


VERB: Final = Verb("probe", "ask a running proxy whether it is ready, or alive", configure, run)


def main(argv: Sequence[str] | None = None) -> int:
    """This verb alone; the exit status."""
    parser = argparse.ArgumentParser(prog="firstbyte probe", description=VERB.help)
    configure(parser)
    try:
        return run(parser.parse_args(argv))
    except (Unusable, ConfigError) as error:
        print(f"firstbyte probe: {error}", file=sys.stderr)
        return error.status if isinstance(error, Unusable) else status_of(error)


if __name__ == "__main__":
    sys.exit(main())
