"""How a proxy opens: what keeps it from that is a sentence for the operator."""

from proxy.app import App
from proxy.commands.verb import Unusable, no_store
from proxy.store.store import StoreError


def bind(app: App) -> tuple[str, int]:
    """Take the listening addresses.

    Raises:
        Unusable: it cannot be had; says why and what to do.
    """
    try:
        return app.bind()
    except OSError as error:
        raise Unusable(str(error)) from None


async def start(app: App) -> None:
    """Open the store and plan calls.

    Raises:
        Unusable: the store cannot be opened; says why.
    """
    try:
        await app.start()
    except StoreError as error:
        raise no_store(error) from None
