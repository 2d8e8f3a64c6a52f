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


class Wire:
    """Takes whole answers, or does not."""

    def __init__(self, *, takes):
        self.takes = takes
        self.answers = []

    def answer(self, *answer):
        self.answers.append(answer)
        return self.takes


async def never(message):
    raise AssertionError(message)


def test_a_whole_answer_goes_to_the_wire_with_what_is_added():
    wire = Wire(takes=True)
    stamp = Stamp(never, [(b"b", b"2")], wire)

    assert stamp.answer(200, [(b"a", b"1")], b"x")
    assert wire.answers == [(200, [(b"a", b"1"), (b"b", b"2")], b"x")]
    assert stamp.begun


def test_a_whole_answer_takes_the_headers_of_every_layer_with_it():
    wire = Wire(takes=True)
    outer = Stamp(never, [(b"c", b"3")], wire)
    inner = Stamp(outer, [(b"b", b"2")], wire)

    assert inner.answer(200, [(b"a", b"1")], b"x")
    assert wire.answers == [(200, [(b"a", b"1"), (b"b", b"2"), (b"c", b"3")], b"x")]
    assert outer.begun


def test_a_whole_answer_does_not_go_around_a_layer_that_has_no_wire():
    stamp = Stamp(Stamp(never, []), [], Wire(takes=True))

    assert not stamp.answer(200, [], b"x")


def test_an_answer_that_the_wire_does_not_take_has_not_begun():
    stamp = Stamp(never, [], Wire(takes=False))

    assert not stamp.answer(200, [], b"x")
    assert not stamp.begun


def test_without_a_wire_nothing_is_answered_at_once():
    assert not Stamp(never, []).answer(200, [], b"x")


async def test_nothing_is_answered_at_once_behind_a_head():
    async def send(message):
        del message

    wire = Wire(takes=True)
    stamp = Stamp(send, [], wire)
    await stamp(START)

    assert not stamp.answer(200, [], b"x")
    assert wire.answers == []


def test_a_stamp_is_alone_where_what_it_sends_is_the_servers_own():
    class Server(Wire):
        async def send(self, message):
            """Take it."""

    server = Server(takes=True)

    assert Stamp(server.send, [], server).is_alone
    assert not Stamp(server.send, []).is_alone
    assert not Stamp(never, [], server).is_alone
    assert not Stamp(Server(takes=True).send, [], server).is_alone
    assert not Stamp(Stamp(server.send, [], server), [], server).is_alone
