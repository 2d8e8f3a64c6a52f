from proxy.surfaces.responses.relay import frame, inside

EVENT = b'{"type":"response.created","response":{"id":"resp_1","model":"m","top_p":1.0}}'


def test_a_frame_has_a_name_where_the_event_has_one():
    assert frame("response.created", b"{}") == b"event: response.created\ndata: {}\n\n"
    assert frame("", b"{}") == b"data: {}\n\n"


def test_only_what_is_named_is_edited_inside_the_response():
    assert inside(EVENT, {"model": "mine", "firstbyte": {}}) == (
        b'{"type":"response.created","response":{"id":"resp_1","model":"mine","top_p":1.0,"firstbyte":{}}}'
    )


def test_an_event_without_a_response_or_an_edit_is_the_same():
    assert inside(EVENT, {}) is EVENT
    for event in (b'{"response":null}', b'{"type":"x"}'):
        assert inside(event, {"model": "mine"}) is event
