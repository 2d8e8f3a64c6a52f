"""`firstbyte explain NAME`: what would happen to a call for this model, without making one."""

import argparse
import os
from collections.abc import Iterator
from dataclasses import fields
from typing import Final

from proxy.commands.verb import Unusable, Verb, add_config_options, load_config
from proxy.config import environment
from proxy.config.catalog import catalog
from proxy.config.schema import Config
from proxy.core.credential import AwsAuth, GoogleAuth
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import Capabilities, ChatRequest, Target
from proxy.route.plan import Candidate, Plan
from proxy.route.planner import Planner
from proxy.sim.mock import MOCK, mock_provider


def configure(parser: argparse.ArgumentParser) -> None:
    """The options."""
    add_config_options(parser)
    parser.add_argument("name", metavar="NAME", help="a model name, as a caller would send it")


def run(arguments: argparse.Namespace) -> int:
    """Print the plan; 0 where it can serve, 1 where it cannot."""
    config = load_config(arguments)
    planner = Planner(config, local={MOCK: mock_provider("http://127.0.0.1:0")})
    request = ChatRequest(body={}, model=arguments.name)
    try:
        plan = planner.plan(request, credential=Secret("the caller's own key"))
    except ProxyError as error:
        hint = _missing(arguments.name, config) if error.kind is Kind.UNKNOWN_MODEL else ""
        raise Unusable(error.message.replace(*_ELSEWHERE) + hint) from None
    for line in describe(plan, planner):
        print(line)
    return 0


def _missing(name: str, config: Config) -> str:
    """What is left to do for a model whose vendor is known, and no provider here."""
    vendors = catalog()
    named = (vendors.find(name.partition(mark)[0]) for mark in "/:")
    family = (vendor for vendor in vendors.vendors if name.startswith(vendor.families))
    vendor = next(filter(None, (*named, *family)), None)
    if vendor is None or vendor.id in config.providers:
        return ""
    known = environment.variables(vendor)
    # An entry is enough for a server of one's own, and for whom the environment speaks already.
    is_spoken_for = environment.is_set_up(vendor, os.environ) or (config.source and vendor.keyless)
    if not known and not is_spoken_for:
        return ""
    entry = [f"add `{vendor.id}: {{}}` under `providers`"] if config.source else []
    left = entry if is_spoken_for else [*entry, f"set {known[0]}"]
    return f" For {vendor.name}, {' and '.join(left)}." if left else ""


def describe(plan: Plan, planner: Planner) -> Iterator[str]:
    """The plan as lines."""
    label = "" if plan.alias == plan.asked else f" (by {plan.alias})"
    yield f"{plan.asked}{label}: tried in this order until one speaks"
    for number, step in enumerate(plan.steps, 1):
        last = number == len(plan.steps)
        if len(step.candidates) > 1:
            yield f"  {number}  one of {len(step.candidates)} equals ({step.balance}), then another of them"
        mark = str(number) if len(step.candidates) == 1 else "-"
        for candidate in step.candidates:
            yield from _candidate(mark, candidate, planner, last=last)
    for name, why in plan.off:
        yield f"  -  {name}: skipped, {why}"
    yield f"at most {plan.max_attempts} attempts and {plan.total_timeout:g} s to the first output of a stream"
    yield f"(of a whole answer, to its end); worst case without an answer: {_worst(plan):g} s"
    if plan.fallback_on:
        kinds = ", ".join(sorted(kind.value for kind in plan.fallback_on))
        yield f"also moves on for: {kinds}"


def _candidate(mark: str, candidate: Candidate, planner: Planner, *, last: bool) -> Iterator[str]:
    target, limits = candidate.target, candidate.limits
    provider = planner.providers[target.provider]
    where = "simulated in this process" if provider.name == MOCK else provider.base_url
    yield f"  {mark}  {target.name}  ({target.protocol} at {where}, {_key(target)})"
    rest = last and not limits.first_byte_written
    first = "the rest of the time" if rest else f"{limits.first_byte_timeout:g} s"
    reasoning = "" if rest else f" ({limits.first_byte_reasoning:g} s when it reasons)"
    yield (
        f"       connect {limits.connect_timeout:g} s, first output {first}{reasoning}, "
        f"then idle {limits.idle_timeout:g} s, without output {limits.output_idle_timeout:g} s"
    )
    if limits.retries:
        tries = "1 further try" if limits.retries == 1 else f"{limits.retries} further tries"
        yield f"       {tries}, waiting up to {limits.retry_after_max:g} s for a Retry-After"
    if limits.hedge_after is not None:
        after = limits.hedge_after if limits.hedge_after == "p95" else f"{limits.hedge_after:g} s"
        yield f"       a second attempt beside it after {after} without output"
    if limits.commit == "complete":
        yield "       its answer is held back until it is complete"
    known = [f"{name}: {value}" for name, value in _told(target.capabilities)]
    if known:
        yield f"       known of it: {', '.join(known)}"
    if target.params:
        yield f"       with {', '.join(sorted(target.params))} set"


def _told(capabilities: Capabilities) -> Iterator[tuple[str, str]]:
    """What is known, as a configuration writes it."""
    for field in fields(capabilities):
        value = getattr(capabilities, field.name)
        if value is not None:
            yield field.name, str(value).lower()


def _key(target: Target) -> str:
    """What the call is made with."""
    if target.passthrough:
        return "the caller's own key"
    if target.auth is not None:
        return _LOGINS[type(target.auth)]
    return f"key {target.api_key.hint}" if target.api_key else "no key"


def _worst(plan: Plan) -> float:
    """Seconds until a caller has an error if every target stays silent."""
    everybody = [candidate for step in plan.steps for candidate in step.candidates]
    waits = 0.0
    for number, candidate in enumerate(everybody[: plan.max_attempts], 1):
        if number == len(everybody) and not candidate.limits.first_byte_written:
            return plan.total_timeout
        waits += candidate.limits.first_byte_timeout
    return min(plan.total_timeout, waits)


_ELSEWHERE: Final = ("GET /v1/models lists", "`firstbyte models` lists")
"""What a caller is told, and what somebody at a command line is."""
_LOGINS: Final[dict[type, str]] = {
    AwsAuth: "AWS credentials",
    GoogleAuth: "Google credentials",
}

VERB: Final = Verb(
    "explain",
    "show what a call for a model would do: targets, clocks, what is missing",
    configure,
    run,
)
