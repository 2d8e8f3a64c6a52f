from proxy.web.stamp import Stamp

START = {"type": "http.response.start", "status": 200, "headers": [(b"a", b"1")]}
BODY = {"type": "http.response.body", "body": b"x"}


async def test_only_the_head_is_added_to_and_the_applications_message_stays_as_it_is():
    sent = []

    async def send(message):
        sent.append(message)

    stamp = Stamp(send, [(b"b", b"2")])
    before = stamp.begun
    await stamp(START)
    await stamp(BODY)

    assert (before, stamp.begun) == (False, True)
    assert sent[0]["headers"] == [(b"a", b"1"), (b"b", b"2")]
    assert START["headers"] == [(b"a", b"1")]
    assert sent[1] is BODY
