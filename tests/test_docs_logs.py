"""docs/logs.md is held to the schema, and the schema to what is written."""

import io
import re
from pathlib import Path

import pytest

from proxy.core import jsons
from proxy.core.content import Content
from proxy.core.errors import Kind
from proxy.watch import content, lines, news
from proxy.watch.log import CallLog
from proxy.watch.sentence import sentence
from proxy.web import transcript
from tests.support.log_schema import SCHEMA, checked
from tests.support.told import ended

TEXT = (Path(__file__).parents[1] / "docs" / "logs.md").read_text()
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split("|", 1))
    for line in TEXT.splitlines()
    if line.startswith("| `")
]
PARTS = [
    SCHEMA["properties"],
    *(SCHEMA["properties"][n]["items"]["properties"] for n in ("attempts", "configuration_faults")),
]


def test_every_member_of_a_line_stands_there_with_its_meaning():
    described = [
        (f"`{name}`", entry["description"]) for part in PARTS for name, entry in part.items()
    ]

    assert described == ROWS


def test_the_line_that_is_shown_is_the_one_that_is_written():
    shown = re.search(r"```json\n(.+)\n```", TEXT)[1]
    stream = io.StringIO()
    CallLog(stream, "json").on(ended())

    assert checked(shown) == jsons.decode_object(stream.getvalue().encode())


def test_the_line_of_what_was_said_is_the_one_that_is_written():
    shown = re.findall(r"```json\n(.+)\n```", TEXT)[1]
    request = {"model": "chat", "messages": [{"role": "user", "content": "One word, please."}]}
    message = {"role": "assistant", "content": "Gladly"}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}

    said = Content("req_1", "chat", ended().at, request, [choice], is_cut=False)
    assert shown.encode() == content.line(said)


def test_the_bounds_of_what_was_said_are_those_that_hold():
    section = TEXT.split("## What was said")[1].split("## Delivery")[0]

    assert f"{transcript.MOST // 1024} KiB" in section
    assert f"{transcript.MOST_TEXT:,} characters" in section
    assert f"{content.MAX_SHOWN} characters" in section


def test_the_sentence_that_is_shown_is_the_one_that_is_written():
    shown = re.search(r"```text\n(.+)\n```", TEXT)[1]

    # The time of day is the reader's own.
    assert shown[8:] == sentence(ended())[8:]


def test_the_figures_of_delivery_are_the_writer_s():
    delivery = TEXT.split("## Delivery")[1]

    assert f"{(news.SOON + lines.SOON) * 1000:.0f} ms" in delivery
    assert f"{lines.MUCH // 1024} KiB" in delivery
    assert f"{lines.MOST // 1024 // 1024} MiB" in delivery
    assert f"{lines.PIECE:,} bytes" in delivery


@pytest.mark.parametrize("kind", Kind)
def test_a_failure_is_named_as_the_page_of_errors_names_it(kind):
    stream = io.StringIO()
    CallLog(stream, "json").on(ended(kind=kind))

    assert checked(stream.getvalue())["error"] == kind.value
