"""Where this machine reaches a listener that is configured like this."""

import ipaddress
import ssl


def origin(host: str, port: int, *, tls: bool) -> str:
    """Scheme, host and port, as a URL begins.

    Args:
        host: What the listener binds to; an address that stands for all of them is taken for this machine.
        port: Its port.
        tls: Whether it speaks TLS.
    """
    name = _callable(host)
    shown = f"[{name}]" if ":" in name else name
    return f"{'https' if tls else 'http'}://{shown}:{port}"


def is_local(host: str) -> bool:
    """Whether a name or an address is this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def trust(host: str) -> ssl.SSLContext:
    """Whom to believe. No certificate names loopback, and what is said there leaves no machine."""
    context = ssl.create_default_context()
    if is_local(host):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _callable(host: str) -> str:
    """The same host, or this machine where it stands for every address that there is."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if not address.is_unspecified:
        return host
    return "::1" if address.version == 6 else "127.0.0.1"
