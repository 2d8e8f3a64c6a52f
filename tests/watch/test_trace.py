import subprocess
import sys
from pathlib import Path

import pytest

from proxy.config.schema import Config
from proxy.watch.otel import Sender
from proxy.watch.trace import is_wanted, spans
from tests.support.told import Stopped

ROOT = Path(__file__).parents[2]
WANTED = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        (WANTED, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:9"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({**WANTED, "OTEL_SDK_DISABLED": "True"}, False),
        ({**WANTED, "OTEL_SDK_DISABLED": "false"}, True),
        ({**WANTED, "OTEL_TRACES_EXPORTER": "none"}, False),
        ({**WANTED, "OTEL_TRACES_EXPORTER": "otlp"}, True),
    ],
)
def test_the_standard_variables_switch_traces_on(environ, wanted):
    assert is_wanted(environ) is wanted


def test_who_wants_none_has_none():
    assert spans(Config(), Stopped(), {}) is None


def test_who_wants_them_has_them():
    sender = spans(Config(), Stopped(), WANTED)

    assert isinstance(sender, Sender)

    sender.close()


def test_where_the_extra_is_missing_that_is_told_and_calls_go_on(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "proxy.watch.otel", None)

    assert spans(Config(), Stopped(), WANTED) is None
    assert "firstbyte[otel]" in caplog.text


def test_who_wants_none_loads_nothing_of_it():
    program = """
import sys
import proxy.commands.serve, proxy.watch.trace
print([name for name in sys.modules if name.startswith(("opentelemetry", "google.protobuf"))])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"
