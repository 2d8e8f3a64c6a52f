import pytest

from proxy.web.rules import (
    BodyRule,
    LoopbackOnly,
    NoLoop,
    NoSocket,
    is_loopback,
    new_instance,
    too_large,
    via,
)

BODY = BodyRule(100, lambda _: True)


def scope(*headers, method="GET"):
    return {
        "type": "http",
        "method": method,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
    }


def status(refusal):
    return refusal.status if refusal else None


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("example.com", False),
        ("", False),
    ],
)
def test_loopback_is_what_only_this_machine_reaches(host, loopback):
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("host", "refused"),
    [
        ("localhost", None),
        ("LOCALHOST:8080", None),
        ("127.0.0.1:8080", None),
        ("192.168.1.7", None),
        ("[::1]:8080", None),
        ("[::1]", None),
        ("proxy.lan:8080", None),
        ("evil.example", 403),
        ("evil.example:8080", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        (":8080", 403),
        ("[localhost]", 403),
        ("[evil]", 403),
    ],
)
def test_a_loopback_listener_answers_to_names_that_nobody_can_rebind(host, refused):
    rule = LoopbackOnly(["Proxy.lan"])

    assert status(rule(scope(("host", host)))) == refused


@pytest.mark.parametrize(
    ("origin", "refused"),
    [
        ("http://localhost:8080", None),
        ("HTTPS://LOCALHOST:8080", None),
        ("http://localhost:3000", 403),
        ("http://localhost", 403),
        ("https://evil.example", 403),
        ("null", 403),
        ("", 403),
        ("file://localhost:8080", 403),
        ("http://[", 403),
        ("http://\xe9", 403),
    ],
)
def test_a_loopback_listener_takes_no_call_from_another_origin(origin, refused):
    call = scope(("host", "localhost:8080"), ("origin", origin))

    assert status(LoopbackOnly([])(call)) == refused


def test_a_second_origin_is_looked_at_too():
    call = scope(("host", "a.lan"), ("origin", "http://a.lan"), ("origin", "http://evil.example"))

    assert status(LoopbackOnly(["a.lan"])(call)) == 403


@pytest.mark.parametrize(
    ("entry", "refused"),
    [
        ("1.1 firstbyte-abc", 508),
        ("1.0 squid, 1.1 firstbyte-abc", 508),
        ("1.1 firstbyte-abcd", None),
        ("1.1 firstbyte-xyz", None),
        ("1.1 nginx", None),
    ],
)
def test_only_what_this_very_instance_sent_is_a_loop(entry, refused):
    assert status(NoLoop("abc")(scope(("via", entry)))) == refused


@pytest.mark.parametrize(
    ("lines", "refused"),
    [
        (["1.1 a"] * 8, None),
        (["1.1 a, 1.1 b, 1.1 c, 1.1 d, 1.1 e, 1.1 f, 1.1 g, 1.1 h"], None),
        (["1.1 a"] * 9, 508),
        (["1.1 a, 1.1 b, 1.1 c, 1.1 d", "1.1 e, 1.1 f, 1.1 g, 1.1 h, 1.1 i"], 508),
        (["x" * 1024], None),
        (["x" * 1024, "y"], 508),
    ],
)
def test_what_has_passed_through_too_many_servers_goes_no_further(lines, refused):
    assert status(NoLoop("abc")(scope(*(("via", line) for line in lines)))) == refused


def test_the_mark_that_we_leave_is_the_mark_that_we_find():
    instance = new_instance()

    assert status(NoLoop(instance)(scope(("via", via(instance))))) == 508
    assert instance != new_instance()


def test_a_loop_is_not_worth_trying_again():
    assert ("x-should-retry", "false") in NoLoop("abc")(scope(("via", via("abc")))).headers


def test_a_websocket_is_told_that_there_is_none_and_a_plain_call_is_not():
    handshake = ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")

    assert status(NoSocket()(scope(handshake))) == 426
    assert NoSocket()(scope(("upgrade", "h2c"))) is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize(
    ("content_type", "refused"),
    [
        ("application/json", None),
        ("Application/JSON; charset=utf-8", None),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/json-seq", 415),
        ("", 415),
    ],
)
def test_a_body_is_json_by_its_own_word(method, content_type, refused):
    call = scope(("content-type", content_type), method=method)

    assert status(BODY(call)) == refused


def test_a_post_must_say_its_type_once_and_a_get_need_not():
    json = ("content-type", "application/json")

    assert status(BODY(scope(method="POST"))) == 415
    assert status(BODY(scope(json, ("content-type", "text/plain"), method="POST"))) == 415
    assert BODY(scope(method="GET")) is None


def test_a_body_that_nobody_would_read_is_no_fault():
    call = scope(("content-encoding", "gzip"), ("content-length", "101"), method="PUT")

    assert status(BODY(call)) == 415
    assert BodyRule(100, lambda _: False)(call) is None


@pytest.mark.parametrize(
    ("coding", "refused"),
    [("identity", None), ("", None), ("gzip", 415), ("br", 415), ("identity, gzip", 415)],
)
def test_a_compressed_body_is_refused(coding, refused):
    call = scope(("content-type", "application/json"), ("content-encoding", coding), method="POST")

    assert status(BODY(call)) == refused


def test_a_body_that_says_it_is_too_large_is_refused_unread():
    def call(size):
        headers = (("content-type", "application/json"), ("content-length", size))
        return scope(*headers, method="POST")

    assert BODY(call("100")) is None
    assert BODY(call("101")) == too_large(100)
    assert too_large(100).status == 413
