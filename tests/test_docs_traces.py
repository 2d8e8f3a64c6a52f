"""docs/traces.md is held to the code: every attribute that a span can have, on which of the two spans, and nothing else."""

import re
from decimal import Decimal
from pathlib import Path

from proxy.config.schema import Config, Provider
from proxy.core.errors import Kind
from proxy.core.facts import Outcome, Run
from proxy.core.usage import Usage
from proxy.watch import otel, trace
from proxy.watch.genai import FIRST_OUTPUT, GenAi
from tests.support.told import ended

TEXT = (Path(__file__).parents[1] / "docs" / "traces.md").read_text()
ROWS = [
    [cell.strip(" `") for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if line.startswith("| `")
]


def pictures():
    """A call of which everything is known, and its tries."""
    used = Usage(1, 2, 3, 4, 5, 6, 7, 8, 9, Decimal(1))
    fact = ended(
        usage=used,
        runs=(Run("b/m", used, None),),
        outcome=Outcome.CUT,
        kind=Kind.TRUNCATED,
    )
    names = GenAi(Config(providers={"a": Provider("a", "", "openai", "http://127.0.0.1:1")}))
    return names.call(fact), list(names.tries(fact))


def test_every_attribute_stands_there_on_the_span_that_has_it():
    call, tries = pictures()
    on_a_call = {*call.attributes, "error.type"}
    on_a_try = {name for picture in tries for name in picture.attributes} | {"error.type"}

    assert {name for name, told, _ in ROWS if told} == on_a_call
    assert {name for name, _, told in ROWS if told} == on_a_try


def test_the_event_and_the_variables_stand_there():
    named = set(re.findall(r"`(OTEL_\w+)", TEXT))

    assert f"`{FIRST_OUTPUT}`" in TEXT
    assert {*trace.ENDPOINTS, trace.DISABLED, trace.EXPORTER} <= named
    assert f"the last spans get {otel.PATIENCE:.0f} s" in TEXT
