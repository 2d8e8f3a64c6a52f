"""The ops listener's table of routes. Loaded where there is such a listener.

Invariant: whatever it shows or does but probes, numbers and the console's empty page is behind the admin key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from proxy.core.clock import Clock
from proxy.gate.desk.desk import Desk, Place
from proxy.gate.registry import Registry
from proxy.store.store import Store
from proxy.web.admin import Administered, Reload, Targets
from proxy.web.admin_desk import AtDesk
from proxy.web.console.rooms import Rooms
from proxy.web.console.rows import rows as console_rows
from proxy.web.metrics import Metrics, Numbers
from proxy.web.ops import About, Live, Readiness, Ready
from proxy.web.routes import Credential, Row, lines


def operations(
    *,
    app: Administered,
    numbers: Numbers,
    readiness: Readiness,
    version: str,
    store: Store,
    clock: Clock,
    forget: Callable[[], None],
    console: Rooms | None,
) -> tuple[Row, ...]:
    """All that operators can ask of a proxy.

    Args:
        app: What is administered.
        numbers: Has what was counted.
        readiness: Knows whether calls should come here.
        version: Of Firstbyte.
        store: What the desk is asked about.
        clock: Time.
        forget: Called when a key or a tenant has changed.
        console: What the console looks into; None where it is off.
    """
    places = Desk(Registry(store, clock, forget), store, clock).places
    return ops_rows(
        app=app,
        numbers=numbers,
        readiness=readiness,
        version=version,
        places=places,
        console=() if console is None else console_rows(console),
    )


def ops_rows(
    *,
    app: Administered,
    numbers: Numbers,
    readiness: Readiness,
    version: str,
    places: Sequence[Place] = (),
    console: Sequence[Row] = (),
) -> tuple[Row, ...]:
    """The table of the ops listener.

    Args:
        app: What is administered.
        places: What can be asked of the store.
        numbers: Has what was counted.
        readiness: Knows whether calls should come here.
        version: Of Firstbyte.
        console: The console's own rows; none where it is off.
    """
    served = (
        Row("GET", "/livez", Live(), Credential.NONE),
        Row("GET", "/readyz", Ready(readiness), Credential.NONE),
        Row("GET", "/metrics", Metrics(numbers), Credential.NONE),
        Row("GET", "/admin/targets", Targets(app), Credential.ADMIN),
        Row("POST", "/admin/reload", Reload(app), Credential.ADMIN),
        *(Row(each.method, each.path, AtDesk(each), Credential.ADMIN) for each in places),
        *console,
    )
    return (*served, Row("GET", "/", About(version, lines(served)), Credential.NONE))
