import pytest

from proxy.sim.call import Ending
from proxy.sim.grade import HINT_SLACK
from proxy.sim.scenarios import HEALTHY, TEXT, Exam, Pace, behaviours, scenarios
from proxy.sim.script import Mode
from proxy.sim.server import Simulator
from tests.support.instant import InstantClock
from tests.support.simulated import ask, chat, content, messages

ROWS = scenarios()
PROMISED = {
    "role_then_silence",
    "pings_forever",
    "overloaded_in_200",
    "cut_mid_stream",
    "stall_mid_stream",
    "malformed_event",
    "no_done",
    "reset_before_headers",
    "trickle",
    "429_retry_after",
    "429_no_hint",
    "500_once",
    "503_persistent",
    "slow_first_token",
    "context_length",
    "content_filter",
    "refuses_prefill",
    "flapping",
    "huge_event",
    "html_page",
    "empty_stream",
    "silence",
}
ENDLESS = {
    name for name, row in ROWS.items() if getattr(row.behaviour.fault, "mode", 0) is Mode.STALL
}


def test_the_promised_scenarios_are_there():
    assert set(ROWS) >= PROMISED


def test_sixteen_are_asked_of_everybody():
    assert sum(row.core for row in ROWS.values()) == 16


def test_every_row_stands_under_its_own_name_and_says_what_happens():
    assert all(name == row.name and row.story for name, row in ROWS.items())
    assert len({row.story for row in ROWS.values()}) == len(ROWS)


def test_every_cascade_is_made_of_models_that_are_there():
    assert all(set(row.route) <= set(ROWS) for row in ROWS.values())


def test_nearly_all_cascades_end_in_the_healthy_model():
    others = {name for name, row in ROWS.items() if row.route != (name, HEALTHY)}

    assert others == {HEALTHY, "refuses_prefill"}


def test_the_table_cannot_be_changed():
    with pytest.raises(TypeError):
        ROWS["new"] = ROWS[HEALTHY]


def test_the_pace_is_kept():
    rows = scenarios(Pace(slow=1.5, down=2.5, huge=99))

    assert rows["slow_first_token"].behaviour.first_delay == 1.5
    assert rows["flapping"].behaviour.fault.span == 2.5
    assert rows["huge_event"].behaviour.padding == 99


def test_the_flapping_model_stays_fit_for_as_long_as_it_is_watched():
    fault = ROWS["flapping"].behaviour.fault

    assert ROWS["flapping"].exam is Exam.RECOVERY
    assert fault.period - fault.span > 30


def test_the_hint_is_one_that_a_gateway_can_keep():
    headers = dict(ROWS["429_retry_after"].behaviour.fault.headers)

    assert float(headers["retry-after"]) > HINT_SLACK


@pytest.mark.parametrize("call", [chat, messages])
@pytest.mark.parametrize("name", [name for name in ROWS if name not in ENDLESS])
async def test_every_scenario_plays_over_both_protocols(name, call):
    rows = scenarios(Pace(huge=70_000))
    async with Simulator(behaviours(rows), clock=InstantClock(), keep_calls=1) as sim:
        fault = rows[name].behaviour.fault
        if name == "reset_before_headers":
            with pytest.raises(ConnectionError):
                await ask(sim, call(name))
        elif fault is None or not fault.strikes(1):
            assert content(await ask(sim, call(name))) == TEXT
        else:
            await ask(sim, call(name))

            assert sim.calls[0].ending is Ending.FAILED

        assert sim.calls[0].model == name
