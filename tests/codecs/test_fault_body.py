import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.fault_body import MAX_MESSAGE, Said, clean, find, html_sentence, read


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            {"error": {"message": "no", "type": "t", "code": "c", "param": "p"}},
            Said("no", "t", "c", "p"),
        ),
        ({"error": {"message": "no", "code": 429}}, Said("no", code="429", status=429)),
        (
            {"error": {"code": 400, "message": "no", "status": "INVALID_ARGUMENT"}},
            Said("no", "INVALID_ARGUMENT", "400", status=400),
        ),
        ({"error": "no"}, Said("no")),
        ({"code": "bad thing", "error": "no"}, Said("no", code="bad thing")),
        ({"error": "no", "status_code": "503"}, Said("no", status=503)),
        ({"error": ["no"]}, Said("no")),
        ({"error": {"message": {"deep": 1}}}, Said('{"deep":1}')),
        ({"error": {}, "errors": [{"message": "no", "code": 10000}]}, Said("no", code="10000")),
        ({"errors": ["no"]}, Said("no")),
        ({"error": 7}, Said("7")),
        ({"object": "error", "message": "no", "type": "t"}, Said("no", "t")),
        ({"type": "error", "error": {"type": "t", "message": "no"}}, Said("no", "t")),
        ({"type": "error", "message": "no"}, Said("no", "error")),
        ({"message": "no", "type": "t", "param": "p", "code": "c"}, Said("no", "t", "c", "p")),
        ({"detail": "no"}, Said("no")),
        ({"detail": {"message": "no"}}, Said("no")),
        ({"detail": {"odd": 1}}, Said('{"odd":1}')),
        ({"detail": [{"loc": ["body", "n"], "msg": "no"}]}, Said("body.n: no", param="n")),
        (
            {"detail": [{"loc": ["body", "messages", 0, "content"], "msg": "no"}]},
            Said("body.messages.0.content: no", param="messages[0].content"),
        ),
        ({"detail": [{"loc": ["query", "n"], "msg": "no"}]}, Said("query.n: no")),
        ({"detail": [{"loc": ["body"], "msg": "no"}]}, Said("body: no")),
        (
            {"object": "error", "message": {"detail": [{"loc": ["body", "n"], "msg": "no"}]}},
            Said("body.n: no", param="n"),
        ),
        ({"object": "error", "message": {"text": "no"}}, Said('{"text":"no"}')),
        ({"detail": [{"msg": "no"}]}, Said("no")),
        ({"detail": ["no", "nay"]}, Said('["no","nay"]')),
        (
            {"base_resp": {"status_code": 1002, "status_msg": "no"}},
            Said("no", code="1002", base_code=1002),
        ),
        ({"x_groq": {"error": "no"}}, Said("no")),
        ([{"error": {"message": "no"}}], Said("no")),
        ({"error": {"message": "no", "type": True, "code": ""}}, Said("no")),
    ],
)
def test_every_shape_of_error_is_found(body, said):
    assert find(body) == said
    assert read(json.dumps(body).encode()) == said


@pytest.mark.parametrize(
    "value",
    [
        {"choices": []},
        {"choices": [], "error": None},
        {"choices": [], "error": True},
        {"choices": [], "message": "a", "type": "b"},
        {"choices": [], "errors": ["a"]},
        {"base_resp": {"status_code": 0}},
        {"base_resp": {"status_code": "1"}},
        {"x_groq": {"id": "a"}},
        {"x_groq": 1},
        {"errors": []},
        {"message": "alone"},
        {},
        [],
        "text",
        None,
        [[[[{"error": "too deep"}]]]],
    ],
)
def test_what_is_no_error_is_not_found(value):
    assert find(value) is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "an empty body"),
        (b" \n", "an empty body"),
        (b"\x00\x01", "a body without any text"),
        (b"upstream sent too big header", "upstream sent too big header"),
        (b'"no"', "no"),
        (b"[1,2]", "[1,2]"),
        (b'{"title":"Gone","status":410,"detail":""}', "Gone"),
        (b'{"message":"no"}', "no"),
        (b'{"msg":"no"}', "no"),
        (b'{"odd":{"deep":1}}', '{"odd":{"deep":1}}'),
        (b"<html><body>x</body></html>", "an HTML page, not JSON"),
        (
            b"<!DOCTYPE html><title>Bad &amp; gone\n</title>",
            "an HTML page, not JSON (title 'Bad & gone')",
        ),
    ],
)
def test_any_body_gives_a_message(body, message):
    assert read(body).message == message


def behind(raw, message="Provider returned error", **more):
    return {"error": {"message": message, "code": 400, **more, "metadata": {"raw": raw}}}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            behind('{"error":{"message":"no","type":"t","code":"c","param":"p"}}'),
            Said("Provider returned error: no", "t", "c", "p", 400, passed_on=True),
        ),
        (
            behind("slow down", type="own"),
            Said("Provider returned error: slow down", "own", "400", None, 400, passed_on=True),
        ),
        (behind("slow down", ""), Said("slow down", None, "400", None, 400, passed_on=True)),
        (behind("<html>"), Said("Provider returned error", None, "400", None, 400)),
        (behind(""), Said("Provider returned error", None, "400", None, 400)),
        (behind({"odd": 1}), Said("Provider returned error", None, "400", None, 400)),
    ],
)
def test_what_the_provider_behind_a_router_said_stands_behind_its_words(answer, said):
    assert find(answer) == said


def test_an_html_page_is_told_from_other_bodies():
    assert html_sentence(b" <html>") == "an HTML page, not JSON"
    assert html_sentence(b"{}") is None


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("bad key sk-proj-abc123DEF.", "bad key sk-…"),
        ("bad key gsk_abcd1234efgh", "bad key gsk_…"),
        ("AIzaSyA1234567890 refused", "AIza… refused"),
        ("header Bearer abc.def-123 refused", "header Bearer … refused"),
        ("no Bearer token given", "no Bearer token given"),
        ("GET /v1?key=abc&x=1", "GET /v1?key=…&x=1"),
        ("api_key=abc token=def", "api_key=… token=…"),
        ("jwt eyJhbGciOiJI.eyJzdWIiOiIx", "jwt eyJ…"),
        ("two\r\nlines\u2028and\x00more", "two\nlines and more"),
        ("half \ud800 a pair", "half ? a pair"),
        ("  plain  ", "plain"),
    ],
)
def test_what_is_shown_has_neither_credentials_nor_control_characters(said, shown):
    assert clean(said) == shown


def test_a_long_message_is_cut_at_a_whole_character():
    shown = clean("é" * 5000)

    assert shown == "é" * (MAX_MESSAGE // 2)


def test_a_type_or_code_is_short():
    said = find({"error": {"message": "no", "type": "t" * 500, "code": "\n"}})

    assert len(said.type) == 128
    assert said.code is None


@given(st.binary(max_size=300))
def test_any_bytes_give_a_message(body):
    assert read(body).message
