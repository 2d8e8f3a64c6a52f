"""What the store, the simulator and the machine know of a configuration's values, for whoever loads one to go by it.

Loaded with the first configuration: a probe that is told where to ask needs none of it.
"""

import ssl
from pathlib import Path
from typing import Final

from proxy.config.outside import Outside
from proxy.sim.script import BEHAVIOURS
from proxy.store import address

_REMEDY: Final = "set server.tls.cert and server.tls.key to PEM files that belong together"


class _AskedError(Exception):
    """The key has a passphrase."""


def outside(*, listens: bool, again: bool) -> Outside:
    """All that can be told.

    Args:
        listens: Whether a listener is about to begin, or its beginning is judged.
        again: Whether a running process goes by the file already.
    """
    return Outside(store, certificate if listens else None, BEHAVIOURS.keys(), again)


def store(at: str) -> str:
    """What is wrong with a store's address; empty where nothing is."""
    try:
        address.check(at)
    except address.AddressError as error:
        return str(error)
    return ""


def certificate(cert: str, key: str) -> tuple[str, str]:
    """Which of both files cannot be used, and why; both empty where a listener can begin with them."""
    for which, path in (("cert", cert), ("key", key)):
        try:
            with Path(path).open("rb"):
                pass
        except (OSError, ValueError) as error:
            why = (getattr(error, "strerror", None) or "not a path").lower()
            return which, f"the file cannot be read: {why}; {_REMEDY}"
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, _ask)
    except _AskedError:
        # Whether it is right is known once somebody has said it.
        return "", ""
    except OSError as error:
        why = error.strerror or type(error).__name__
        return "cert", f"the certificate and its key cannot be used: {why}; {_REMEDY}"
    return "", ""


def _ask() -> str:
    raise _AskedError
