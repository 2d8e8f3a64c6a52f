"""Where a request goes: what two requests must share to share a connection."""

from __future__ import annotations

from typing import Final, NamedTuple

import httpx

_PORTS: Final = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """A scheme, a host and a port."""

    scheme: str
    """`http` or `https`."""
    host: str
    """In ASCII, without brackets: a name or an IP literal."""
    port: int

    @classmethod
    def of(cls, url: httpx.URL) -> Origin:
        """The origin of a URL.

        Raises:
            httpx.UnsupportedProtocol: it is not a URL of http or https with a host.
        """
        scheme, host = url.scheme, url.raw_host
        if scheme not in _PORTS or not host:
            raise httpx.UnsupportedProtocol("the URL must be http:// or https:// and name a host")
        return cls(scheme, host.decode("ascii"), url.port or _PORTS[scheme])
