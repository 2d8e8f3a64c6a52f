"""What the doctor says of providers, from answers that are made up here; nothing leaves the process."""

from email.utils import formatdate

import httpx
import pytest

from proxy.commands.reach import Reach, ahead, doorstep, listing
from proxy.config.load import load
from proxy.upstream.client import Upstream

NOW = 1_795_000_000.0
DATE = "Wed, 18 Nov 2026 19:06:40 GMT"
CANARY = "sk-canary-0123456789abcdef"


class Clock:
    def now(self):
        return 0.0

    def wall(self):
        return NOW


def provider(text, environ=None):
    config = load("c.yaml", environ=environ or {}, read=lambda _: f"providers: {text}".encode())
    return next(iter(config.providers.values()))


async def examined(text, answer, *, keys=False, environ=None):
    """The findings, where every provider answers by this function."""
    config = load("c.yaml", environ=environ or {}, read=lambda _: f"providers: {text}".encode())
    upstream = Upstream(httpx.MockTransport(answer))
    return await Reach(config, upstream, Clock()).examine(keys=keys)


def guarded(request):
    """A provider that lets nobody in who has no key, or another key than the canary."""
    held = [value for name, value in request.headers.items() if CANARY in value]
    return httpx.Response(200 if held else 401, json={"data": []}, headers={"date": DATE})


def by(subject, findings):
    return next(each for each in findings if each.subject == subject)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("{openai: {api_key: k}}", "https://api.openai.com/v1/models"),
        ("{anthropic: {api_key: k}}", "https://api.anthropic.com/v1/models?limit=1"),
        (
            "{gemini: {api_key: k}}",
            "https://generativelanguage.googleapis.com/v1beta/models?pageSize=1",
        ),
        ("{o: {protocol: ollama, base_url: 'http://h:1'}}", "http://h:1/api/tags"),
        (
            "{a: {vendor: azure, base_url: 'https://x.openai.azure.com', api_key: k}}",
            "https://x.openai.azure.com/openai/v1/models",
        ),
        (
            "{b: {protocol: bedrock, region: eu-west-1}}",
            "https://bedrock.eu-west-1.amazonaws.com/foundation-models?byOutputModality=TEXT",
        ),
    ],
)
def test_the_list_of_models_is_where_the_protocol_has_it(text, url):
    assert listing(provider(text)) == url


def test_bedrock_is_reached_where_calls_go():
    found = doorstep(provider("{b: {protocol: bedrock, region: eu-west-1}}"))

    assert found.startswith("https://bedrock-runtime.eu-west-1.amazonaws.com/")


async def test_whoever_answers_is_well_whatever_it_says_to_a_stranger():
    found = await examined("{openai: {api_key: k}}", guarded)

    assert by("openai", found).level == "ok"
    assert by("openai", found).message.startswith("api.openai.com answers in ")


async def test_no_key_travels_unless_that_was_asked_for():
    seen = []

    def answer(request):
        seen.append(str(request.headers))
        return httpx.Response(401)

    await examined(f"{{openai: {{api_key: {CANARY}}}, anthropic: {{api_key: {CANARY}}}}}", answer)

    assert len(seen) == 2
    assert CANARY not in "".join(seen)


async def test_a_name_that_does_not_resolve_has_its_remedy():
    def answer(request):
        raise httpx.ConnectError("x")

    found = await examined("{openai: {api_key: k}}", answer)

    assert by("openai", found).level == "fail"
    assert "could not connect to api.openai.com" in by("openai", found).message
    assert "DNS" in by("openai", found).hint


async def test_a_server_on_this_machine_may_just_not_be_running():
    def answer(request):
        raise httpx.ConnectError("x")

    found = await examined("{o: {protocol: ollama, base_url: 'http://127.0.0.1:9'}}", answer)

    assert by("o", found).hint == "is that server running, and listening there?"


async def test_where_nobody_can_be_reached_the_machine_is_offline():
    def answer(request):
        raise httpx.ConnectError("x")

    two = await examined("{openai: {api_key: k}, groq: {api_key: k}}", answer)
    one = await examined("{openai: {api_key: k}}", answer)

    assert "seems to be offline" in by("network", two).message
    assert [each.subject for each in one] == ["openai"]


async def test_without_providers_there_is_a_remedy():
    (found,) = await examined("{}", guarded)

    assert (found.level, found.subject) == ("warn", "providers")
    assert "firstbyte init" in found.hint


async def test_where_all_that_are_configured_are_off_nobody_is_told_to_write_a_configuration():
    (found,) = await examined("{openai: {}, groq: {}}", guarded)

    assert (found.level, found.message[:12]) == ("warn", "all are off;")
    assert "firstbyte init" not in found.hint


async def test_silence_and_other_faults_are_told_without_the_remedy_of_the_network():
    def answer(request):
        raise httpx.ReadTimeout("x")

    found = by("openai", await examined("{openai: {api_key: k}}", answer))

    assert "sent nothing" in found.message
    assert found.level == "fail"


async def test_a_server_in_trouble_is_a_warning():
    found = await examined("{openai: {api_key: k}}", lambda _: httpx.Response(503))

    assert by("openai", found).level == "warn"
    assert "status 503" in by("openai", found).message


async def test_a_base_url_without_its_version_is_noticed():
    found = await examined("{own: {base_url: 'http://h:1'}}", lambda _: httpx.Response(404))
    with_it = await examined("{own: {base_url: 'http://h:1/v1'}}", lambda _: httpx.Response(404))

    assert "does /v1 belong at its end?" in by("own", found).hint
    assert by("own", with_it).level == "ok"


@pytest.mark.parametrize(
    ("off", "level", "words"),
    [
        (0, "ok", "agrees"),
        (4, "ok", "agrees"),
        (20, "warn", "20 s behind"),
        (-20, "warn", "20 s ahead of"),
        (600, "fail", "600 s behind"),
    ],
)
async def test_the_clock_is_held_against_those_of_providers(off, level, words):
    def answer(request):
        return httpx.Response(401, headers={"date": formatdate(NOW + off, usegmt=True)})

    found = by("clock", await examined("{openai: {api_key: k}}", answer))

    assert found.level == level
    assert words in found.message


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_what_is_no_date_says_nothing_of_the_clock(date):
    assert ahead(date, NOW) is None


async def test_a_key_that_is_taken_is_well_and_shown_by_its_end():
    found = await examined(f"{{openai: {{api_key: {CANARY}}}}}", guarded, keys=True)

    assert by("openai key", found).level == "ok"
    assert by("openai key", found).message == "key …cdef is taken"


async def test_each_key_of_several_is_tried_by_itself():
    found = await examined(
        f"{{openai: {{api_key: [{CANARY}, sk-wrong-0123456789wxyz]}}}}", guarded, keys=True
    )
    keys = [each for each in found if each.subject == "openai key"]

    assert [each.level for each in keys] == ["ok", "fail"]
    assert keys[1].message == "key …wxyz is refused"


async def test_the_variable_of_a_refused_key_is_named():
    environ = {"GROQ_API_KEY": "gsk-wrong-0123456789"}

    found = await examined("{groq: {}}", guarded, keys=True, environ=environ)

    assert by("groq key", found).hint == "look at GROQ_API_KEY"


async def test_a_list_that_anybody_may_read_proves_nothing():
    found = await examined(
        "{openai: {api_key: k}}", lambda _: httpx.Response(200, json={}), keys=True
    )

    assert by("openai key", found).level == "warn"
    assert "anybody may read" in by("openai key", found).message


@pytest.mark.parametrize(
    ("status", "body", "level", "words"),
    [
        (403, {"error": {"message": "no", "code": "x"}}, "warn", "may not list models"),
        (
            429,
            {"error": {"message": "slow down", "code": "rate_limit_exceeded"}},
            "warn",
            "rate limit",
        ),
        (
            429,
            {"error": {"message": "pay", "code": "insufficient_quota"}},
            "fail",
            "no credit left",
        ),
        (404, {}, "warn", "there is no list of models"),
        (418, {}, "warn", "the answer was 418"),
    ],
)
async def test_other_answers_to_a_key_are_told_as_they_are(status, body, level, words):
    def answer(request):
        if "authorization" not in request.headers:
            return httpx.Response(401)
        return httpx.Response(status, json=body)

    found = by("openai key", await examined("{openai: {api_key: k}}", answer, keys=True))

    assert found.level == level
    assert words in found.message


async def test_who_passes_keys_on_or_needs_none_has_none_to_try():
    found = await examined(
        "{a: {base_url: 'http://h/v1', api_key: passthrough}, b: {base_url: 'http://h/v1'}}",
        guarded,
        keys=True,
    )

    assert not [each for each in found if "key" in each.subject]


async def test_a_key_that_breaks_off_is_a_failure():
    def answer(request):
        if "authorization" in request.headers:
            raise httpx.ReadError("x")
        return httpx.Response(401)

    found = by("openai key", await examined("{openai: {api_key: k}}", answer, keys=True))

    assert found.level == "fail"
    assert "broke" in found.message


async def test_no_finding_shows_a_key():
    text = f"{{openai: {{api_key: {CANARY}}}, gemini: {{api_key: {CANARY}}}}}"

    for answer in (guarded, lambda _: httpx.Response(403), lambda _: httpx.Response(500)):
        found = await examined(text, answer, keys=True)

        assert "canary" not in repr(found)
