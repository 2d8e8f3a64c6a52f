import argparse
import re
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from proxy.commands import conformance
from proxy.commands.conformance import QUICK_CLOCKS, gateway_config, own_config, summary
from proxy.commands.examiner import Patience, Row
from proxy.sim.grade import Grade, Mark
from proxy.sim.scenarios import HEALTHY, scenarios
from tests.commands.test_chaos import ROOT
from tests.support.commands import shell as shell
from tests.support.turns import HANGS

ROWS = scenarios()
SIM = "http://127.0.0.1:9"


def only(*names):
    return [part for name in names for part in ("--only", name)]


def table(out):
    """Scenario (and form) to grade."""
    return dict(
        re.findall(
            r"^([a-z0-9_]+(?:, whole)?)(?: \*)? +(pass|partial|safe|fail) ", out, re.MULTILINE
        )
    )


@pytest.fixture
def unhurried(monkeypatch):
    """A busy machine is no finding about a gateway: only who says nothing at all in mid-stream is given up on soon."""
    for clock in ("first_byte_timeout", "total_timeout"):
        monkeypatch.setitem(QUICK_CLOCKS, clock, f"{HANGS}s")
    for clock in ("idle_timeout", "output_idle_timeout"):
        monkeypatch.setitem(QUICK_CLOCKS, clock, "4s")
    monkeypatch.setattr(conformance, "QUICK_PATIENCE", Patience(hang=HANGS, late=HANGS, every=0.1))
    monkeypatch.setattr(conformance, "CHECK", float(HANGS))


@pytest.mark.usefixtures("unhurried")
def test_our_own_proxy_never_fails(shell):
    names = [HEALTHY, "500_once", "accounting", "context_length", "cut_mid_stream", "no_done"]
    status, out, err = shell.run("conformance", "--quick", *only(*names))

    grades = table(out)

    assert (status, err) == (0, "")
    assert grades.pop("cut_mid_stream") in ("safe", "pass")
    assert set(grades.values()) == {"pass"}
    assert len(grades) == 10
    assert re.search(r"500_once \* .* 500_once failed, healthy answered\n", out)
    assert "11 graded: 1" in out
    assert "of the 5 marked * pass in every form" in out


@pytest.mark.usefixtures("unhurried")
def test_an_answer_that_is_held_back_survives_a_cut_a_stall_and_an_odd_event(shell):
    names = ["cut_mid_stream", "stall_mid_stream", "malformed_event", "refuses_prefill"]

    status, out, _ = shell.run("conformance", "--quick", "--complete", *only(*names))

    grades = table(out)
    assert status == 0
    assert set(grades.values()) == {"pass"}
    assert set(names) <= set(grades)


@pytest.mark.usefixtures("unhurried")
def test_our_own_proxy_may_speak_anthropics_protocol_upstream(shell):
    status, out, _ = shell.run(
        "conformance", "--quick", "--protocol", "anthropic", *only("503_persistent")
    )

    assert status == 0
    assert table(out) == {"503_persistent": "pass", "503_persistent, whole": "pass"}


@pytest.fixture
def gateway(tmp_path):
    """A gateway that has every model, and passes every failure on."""
    process = subprocess.Popen(
        [sys.executable, "-m", "proxy", "chaos", "--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": ROOT},
    )
    base = ""
    while "/v1" not in base:
        base = process.stdout.readline()
    yield base.split()[-1]
    process.kill()
    process.communicate()


def test_a_gateway_that_fails_makes_the_command_fail(shell, gateway):
    shell.set("GATEWAY_KEY", "any")
    names = only(HEALTHY, "html_in_200", "cut_mid_stream")
    status, out, _ = shell.run(
        "conformance", gateway, "--listen", "127.0.0.1:0", "--key-env", "GATEWAY_KEY", *names
    )

    grades = table(out)

    assert status == 1
    assert f"Examining {gateway}." in out
    assert (grades[HEALTHY], grades["html_in_200"]) == ("pass", "fail")
    assert grades["cut_mid_stream"] == "safe"
    assert "0 of the 1 marked * pass" in out


@pytest.mark.parametrize(
    ("arguments", "ended", "sentence"),
    [
        (("http://127.0.0.1:1/v1", "--listen", "127.0.0.1:0"), 1, "does not answer at http://127"),
        (("--only", "nothing"), 2, "there is no scenario 'nothing'; there are: healthy, "),
        (("--print-config", "--listen", "nowhere"), 2, "expected HOST:PORT"),
        (
            ("http://127.0.0.1:1/v1", "--listen", "127.0.0.1:0", "--key-env", "NOT"),
            1,
            "NOT is not set",
        ),
    ],
)
def test_what_cannot_be_done_is_one_sentence(shell, arguments, ended, sentence):
    status, _, err = shell.run("conformance", *arguments)

    assert (status, err.count("\n")) == (ended, 1)
    assert sentence in err


def test_a_gateway_without_the_models_is_told_what_is_missing(shell, gateway):
    status, _, err = shell.run(
        "conformance", gateway.removesuffix("/v1") + "/v9", "--listen", "127.0.0.1:0"
    )

    assert status == 1
    assert "status 404: Not found" in err
    assert "--print-config" in err


def test_the_printed_configuration_is_the_one_that_our_own_proxy_gets(shell):
    status, out, _ = shell.run("conformance", "--print-config", "--quick")
    config = own_config(out)

    assert status == 0
    assert out == gateway_config("http://127.0.0.1:8090", ROWS, "openai", QUICK_CLOCKS)
    assert (config.limits.first_byte_timeout, config.limits.idle_timeout) == (1.0, 1.0)
    assert config.server.port == 0


@pytest.mark.parametrize(("protocol", "base_url"), [("openai", f"{SIM}/v1"), ("anthropic", SIM)])
def test_every_scenario_is_a_model_with_its_cascade(protocol, base_url):
    config = own_config(gateway_config(SIM, ROWS, protocol, {}))

    routes = {
        name: tuple(ref.model for ref in alias.cascade) for name, alias in config.models.items()
    }

    assert routes == {name: row.route for name, row in ROWS.items()}
    assert {provider.base_url for provider in config.providers.values()} == {base_url}
    assert config.limits.first_byte_timeout == 60.0


def test_a_refused_key_is_nobody_elses():
    config = own_config(gateway_config(SIM, ROWS, "openai", {}))
    owners = {
        name: [ref.provider for ref in alias.cascade] for name, alias in config.models.items()
    }

    assert owners.pop("bad_key") == ["chaos-bad_key", "chaos"]
    assert {owner for each in owners.values() for owner in each} == {"chaos"}


def test_the_healthy_model_is_there_even_where_it_is_not_asked_about():
    text = gateway_config(SIM, {}, "openai", {})

    assert set(own_config(text).models) == {HEALTHY}


def test_the_options_have_the_defaults_that_the_page_tells():
    parser = argparse.ArgumentParser()
    conformance.configure(parser)
    options = parser.parse_args([])

    assert (options.base_url, options.quick, options.protocol) == (None, False, "openai")


def test_the_sixteen_pass_only_in_every_form():
    core, other = ROWS["500_once"], ROWS["trickle"]
    good = Row(core, core.name, Mark(Grade.PASS), "", "")
    rows = [good, replace(good, mark=Mark(Grade.SAFE)), replace(good, scenario=other)]
    graded, passed = summary(rows)

    assert graded.strip() == "3 graded: 2 pass, 0 partial, 1 safe, 0 fail"
    assert passed.startswith("0 of the 1 ")


def test_it_can_be_interrupted(tmp_path):
    command = [sys.executable, "-m", "proxy", "conformance", *only("500_once", "silence")]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": ROOT},
    )
    try:
        while "500_once, whole" not in process.stdout.readline():
            assert process.poll() is None, process.stderr.read()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=HANGS)
    finally:
        process.kill()
        process.communicate()

    assert (process.returncode, err) == (130, "")
