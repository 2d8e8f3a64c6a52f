"""Recorded exchanges with legacy completions: each is read, relayed, and written anew from what it says in chat."""

import json

import openai
import pytest

from proxy.codecs.completions.codec import Completions
from proxy.core.fold import fold
from proxy.core.shape import Target
from proxy.surfaces.completions import Completions as Surface
from tests.support import recordings
from tests.support.corpus import KINDS

CODEC, SURFACE = Completions(), Surface()


class Case:
    def __init__(self, name):
        self.name = name
        self.folder = recordings.CORPUS / name
        self.meta = json.loads((self.folder / "meta.json").read_bytes())

    @property
    def raw(self):
        return (self.folder / "response.raw").read_bytes()

    @property
    def expect(self):
        return json.loads((self.folder / "expect.json").read_bytes())

    @property
    def asked(self):
        return (self.folder / "request.json").read_bytes()

    @property
    def target(self):
        base = (
            "https://" + self.meta["url_host"] + self.meta["url_path"].partition("/completions")[0]
        )
        return Target("p", self.meta["model"], "completions", base)

    def request(self):
        body = json.loads(self.asked)
        return SURFACE.parse(json.dumps({**body, "stream": self.meta["streaming"]}).encode())

    def completion(self):
        if not self.meta["streaming"]:
            return CODEC.decode(200, {}, self.raw, created=1)
        return fold(self.chunks())

    def chunks(self, size=1 << 20):
        decoder = CODEC.stream(self.request(), self.target, created=1)
        pieces = [self.raw[at : at + size] for at in range(0, len(self.raw), size)]
        return [chunk for piece in pieces for chunk in decoder.feed(piece)] + decoder.finish()


def recorded():
    if not recordings.LISTING.exists():
        return []
    names = recordings.LISTING.read_text().split()
    cases = [Case(name) for name in names if "/completions-" in name]
    return [case for case in cases if case.meta["api"].endswith(".completions")]


CASES = recorded()
ANSWERS = [case for case in CASES if case.meta["status"] < 400]


def over(cases):
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


def test_the_recorded_corpus_is_there_where_it_is_required():
    assert CASES or not recordings.REQUIRED, f"no recorded exchanges at {recordings.CORPUS}"


@over(ANSWERS)
def test_an_answer_says_in_chat_what_was_recorded(case):
    answer, expect = case.completion(), case.expect
    usage = answer["usage"] or {}

    assert answer["choices"][0]["message"]["content"] == expect["text"]
    assert answer["choices"][0]["finish_reason"] == expect["openai_finish"]
    assert usage.get("prompt_tokens") == expect["usage"]["input"]
    assert usage.get("completion_tokens") == expect["usage"]["output"]


@over([case for case in ANSWERS if not case.meta["streaming"]])
def test_a_whole_answer_is_relayed_byte_for_byte(case):
    assert SURFACE.whole(case.request(), case.completion()) == case.raw.strip()


@over([case for case in ANSWERS if case.meta["streaming"]])
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_a_stream_is_relayed_frame_by_frame(case, size):
    encoder = SURFACE.encoder(case.request())
    sent = b"".join(map(encoder.feed, case.chunks(size))) + encoder.finish()

    assert sent == case.raw


@over(ANSWERS)
def test_written_anew_it_is_read_by_the_sdks_own_types_as_what_was_recorded(case):
    answer = case.completion()
    answer.pop("native", None)
    body = json.loads(SURFACE.whole(case.request(), answer))
    own = case.raw if not case.meta["streaming"] else None
    read = openai.types.Completion.model_validate(body)

    assert read.choices[0].text == case.expect["text"]
    assert read.object == "text_completion"
    if own:
        assert body == json.loads(own)


@over(ANSWERS)
def test_a_request_goes_as_it_came(case):
    request = SURFACE.parse(case.asked)
    sent = json.loads(CODEC.encode(request, case.target).body)
    usage = {"stream_options": {"include_usage": True}} if request.stream else {}

    assert sent == {**json.loads(case.asked), "stream": request.stream, **usage}


@over([case for case in CASES if case.meta["status"] >= 400])
def test_a_failure_keeps_the_providers_words(case):
    error = CODEC.fault(case.meta["status"], case.meta["response_headers"], case.raw)

    assert error.message.split(": ")[0] == case.expect["error"]["message"].split(": ")[0]
    assert error.kind.value in KINDS[case.expect["error"]["class"]]
