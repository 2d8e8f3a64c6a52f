"""`firstbyte conformance [BASE_URL]`: what becomes of a caller when a provider fails behind an OpenAI-compatible gateway.

The simulated providers run here, the gateway stands wherever it stands, and the calls are made as any OpenAI client
makes them. Without a BASE_URL our own proxy is started, with the configuration that everybody else is asked for.
"""

import argparse
import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from proxy.app import App
from proxy.commands.chaos import LISTEN, address, started
from proxy.commands.examiner import Examiner, Gateway, Patience, Row
from proxy.commands.verb import Misused, Unusable, Verb
from proxy.config.load import load
from proxy.config.schema import Config
from proxy.core.clock import SystemClock
from proxy.core.secret import Secret
from proxy.sim.grade import Grade, worst
from proxy.sim.heard import Heard
from proxy.sim.scenarios import HEALTHY, TEXT, Pace, Scenario, scenarios
from proxy.upstream.client import Upstream
from proxy.upstream.transport import Transport
from proxy.web.server import run as run_server

ANY_PORT: Final = "127.0.0.1:0"
PROTOCOLS: Final = ("openai", "anthropic")
_PROVIDER: Final = "chaos"
INTERRUPTED: Final = 130
CHECK: Final = 10.0
"""Seconds in which the healthy model must answer, before anything else is tried."""
QUICK: Final = Pace(slow=8.0, down=3.0)
QUICK_PATIENCE: Final = Patience(hang=15.0, late=4.0, every=0.1)
QUICK_CLOCKS: Final = {
    "first_byte_timeout": "1s",
    "idle_timeout": "1s",
    "output_idle_timeout": "2s",
    "total_timeout": "10s",
}
COMPLETE: Final = {"commit": "complete", "retries": "2"}


def configure(parser: argparse.ArgumentParser) -> None:
    """The options."""
    parser.add_argument(
        "base_url",
        metavar="BASE_URL",
        nargs="?",
        help="the gateway, with its version: http://host:port/v1 (default: our own proxy, started here)",
    )
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        help=f"the address of the simulated providers (default: {LISTEN} for a gateway, else a free port)",
    )
    parser.add_argument(
        "--key-env", metavar="NAME", help="the variable that holds the key for the gateway"
    )
    parser.add_argument(
        "--quick", action="store_true", help="short waits: for gateways with clocks of about 1 s"
    )
    parser.add_argument(
        "--complete",
        action="store_true",
        help="with `commit: complete` and `retries: 2`, so that a cut answer fails over too",
    )
    parser.add_argument(
        "--only", metavar="NAME", action="append", help="play this scenario alone; may be repeated"
    )
    parser.add_argument(
        "--protocol",
        choices=PROTOCOLS,
        default=PROTOCOLS[0],
        help="what the gateway speaks to the simulated providers (default: %(default)s)",
    )
    parser.add_argument(
        "--print-config",
        action="store_true",
        help="print the configuration that the gateway needs, as Firstbyte writes it, and exit",
    )


def run(arguments: argparse.Namespace) -> int:
    """Examine; 0 where nothing fails."""
    rows = _chosen(scenarios(QUICK if arguments.quick else Pace()), arguments.only)
    if arguments.print_config:
        listen = arguments.listen or LISTEN
        address(listen)
        at = f"http://{listen}"
        print(gateway_config(at, rows, arguments.protocol, _defaults(arguments)), end="")
        return 0
    return run_server(_conformance(arguments, rows))


def _chosen(rows: Mapping[str, Scenario], only: Sequence[str] | None) -> Mapping[str, Scenario]:
    unknown = [name for name in only or () if name not in rows]
    if unknown:
        raise Misused(f"there is no scenario {unknown[0]!r}; there are: {', '.join(rows)}")
    return {name: rows[name] for name in only or rows}


def _defaults(arguments: argparse.Namespace) -> dict[str, str]:
    """What the configuration says under `defaults`."""
    return {
        **(QUICK_CLOCKS if arguments.quick else {}),
        **(COMPLETE if arguments.complete else {}),
    }


def gateway_config(
    simulator: str, rows: Mapping[str, Scenario], protocol: str, defaults: Mapping[str, str]
) -> str:
    """What a gateway must know, as YAML: every scenario as a model whose cascade is the scenario's.

    Args:
        simulator: Where the simulated providers listen: `http://HOST:PORT`.
        rows: The scenarios.
        protocol: What the simulated providers are spoken to in.
        defaults: What holds for every model.
    """
    at = f"{simulator}/v1" if protocol == "openai" else simulator
    lines = ["providers:", _provider(_PROVIDER, protocol, at)]
    lines += [_provider(_alone(name), protocol, at) for name, row in rows.items() if row.own_key]
    if defaults:
        lines += ["defaults:", *(f"  {name}: {value}" for name, value in defaults.items())]
    lines += ["models:", f"  {HEALTHY}: [{_PROVIDER}/{HEALTHY}]"]
    lines += [f"  {name}: [{_cascade(row)}]" for name, row in rows.items() if name != HEALTHY]
    return "\n".join((*lines, ""))


def _provider(name: str, protocol: str, base_url: str) -> str:
    return f'  {name}: {{protocol: {protocol}, base_url: "{base_url}", api_key: any}}'


def _cascade(row: Scenario) -> str:
    owner = _alone(row.name) if row.own_key else _PROVIDER
    return ", ".join(f"{owner if model == row.name else _PROVIDER}/{model}" for model in row.route)


def _alone(name: str) -> str:
    """The provider entry of a scenario that needs its own."""
    return f"{_PROVIDER}-{name}"


def own_config(text: str) -> Config:
    """The configuration of our own proxy: what is asked of everybody, on a free port, and no patience at the end."""
    config = load(
        "conformance.yaml", environ={}, profile="", read=lambda _: text.encode(), listen=ANY_PORT
    )
    return replace(config, server=replace(config.server, ops_host="", drain_timeout=0.0))


async def _conformance(arguments: argparse.Namespace, rows: Mapping[str, Scenario]) -> int:
    own = arguments.base_url is None
    listen = arguments.listen or (ANY_PORT if own else LISTEN)
    # A scenario may call on models of others.
    simulator = await started(listen, scenarios(QUICK if arguments.quick else Pace()), keep=True)
    upstream = Upstream(Transport())
    try:
        text = gateway_config(simulator.base_url, rows, arguments.protocol, _defaults(arguments))
        async with _gateway(arguments, text) as (gateway, stopped):
            patience = QUICK_PATIENCE if arguments.quick else Patience()
            examiner = Examiner(gateway, simulator, upstream, SystemClock(), patience)
            await _check(examiner, gateway)
            return await _report(examiner, rows, stopped)
    finally:
        await upstream.aclose()
        await simulator.stop()


@asynccontextmanager
async def _gateway(
    arguments: argparse.Namespace, text: str
) -> AsyncIterator[tuple[Gateway, Callable[[], bool]]]:
    """The gateway that was named, or our own while the block runs; and whether it was told to stop."""
    if arguments.base_url is not None:
        for line in demands(arguments.base_url):
            print(line)
        yield Gateway(arguments.base_url.rstrip("/"), _key(arguments.key_env)), lambda: False
        return
    app = App(own_config(text), observers=())
    try:
        host, port = app.server.bind()
        await app.start()
        serving = asyncio.ensure_future(app.server.serve())
        try:
            # Our server takes the signals of this process.
            yield Gateway(f"http://{host}:{port}/v1"), lambda: app.server.draining
        finally:
            if not app.server.draining:
                app.server.drain()
            await serving
    finally:
        await app.aclose()


def _key(variable: str | None) -> Secret | None:
    if variable is None:
        return None
    key = os.environ.get(variable)
    if not key:
        raise Unusable(f"--key-env: {variable} is not set")
    return Secret(key)


def demands(base_url: str) -> Iterator[str]:
    """What whoever runs the gateway has to set."""
    yield f"Examining {base_url}. It must have every scenario as a model that tries the scenario's own"
    yield f"target first and `{HEALTHY}` next; `firstbyte conformance --print-config` shows all of it."


async def _check(examiner: Examiner, gateway: Gateway) -> None:
    """Make sure that there is something to examine."""
    heard = await examiner.ask(HEALTHY, "check-", stream=False, patience=CHECK)
    if heard.text != TEXT:
        raise Unusable(
            f"the model `{HEALTHY}` does not answer at {gateway.base_url} ({_reason(heard)}); "
            "configure the gateway as `firstbyte conformance --print-config` shows"
        )


def _reason(heard: Heard) -> str:
    if heard.hung:
        return "no answer in time"
    message = str((heard.error or {}).get("message") or heard.text or "no message")
    return heard.broken or f"status {heard.status}: {message}"


async def _report(
    examiner: Examiner, rows: Mapping[str, Scenario], stopped: Callable[[], bool]
) -> int:
    """Play everything at once, and print what came of it in order."""
    print(_line("scenario", "grade", "caller saw", "providers saw"), flush=True)
    results: list[Row] = []
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(examiner.examine(row)) for row in rows.values()]
        for task in tasks:
            found = await task
            if stopped():
                for other in tasks:
                    other.cancel()
                return INTERRUPTED
            for row in found:
                results.append(row)
                print(_row(row), flush=True)
    for line in summary(results):
        print(line)
    return 1 if any(row.mark.grade is Grade.FAIL for row in results) else 0


def _row(row: Row) -> str:
    why = f" ({row.mark.why})" if row.mark.why else ""
    name = f"{row.name} *" if row.scenario.core else row.name
    return _line(name, row.mark.grade.value, f"{row.caller}{why}", row.provider)


def _line(name: str, grade: str, caller: str, provider: str) -> str:
    return f"{name:30} {grade:8} {caller:58} {provider}".rstrip()


def summary(results: Sequence[Row]) -> Iterator[str]:
    """How many of each grade, over all rows and over the sixteen that every gateway is asked about."""
    counted = Counter(row.mark.grade for row in results)
    grades = ", ".join(f"{counted[grade]} {grade.value}" for grade in Grade)
    yield f"\n{len(results)} graded: {grades}"
    core: dict[str, list[Row]] = {}
    for row in results:
        if row.scenario.core:
            core.setdefault(row.scenario.name, []).append(row)
    passed = sum(worst([row.mark for row in each]).grade is Grade.PASS for each in core.values())
    yield f"{passed} of the {len(core)} marked * pass in every form"


VERB: Final = Verb(
    "conformance",
    "grade any OpenAI-compatible gateway by how its callers fare when providers fail",
    configure,
    run,
)
