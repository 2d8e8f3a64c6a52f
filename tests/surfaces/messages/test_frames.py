from proxy.surfaces.messages.frames import PING, event, frame
from tests.support import messages_grammar


def test_a_frame_has_a_name_and_one_line():
    assert frame("ping", b'{"type":"ping"}') == PING
    assert event({"type": "ping"}) == PING


def test_line_breaks_in_what_is_said_stay_inside():
    data = event({"type": "ping", "text": "a\nb\r\n\r\nevent: error"})

    assert messages_grammar.events(data) == [{"type": "ping", "text": "a\nb\r\n\r\nevent: error"}]
