from proxy.codecs.gemini import draft


def test_a_drop_is_noted_once():
    written = draft.draft_for("gemini-3-flash", "gemini")
    written.drop("seed")
    written.drop("seed")

    assert written.dropped == ["seed"]


def test_the_maker_tells_the_two_services_apart():
    assert draft.maker_of("models/gemini-3-pro-preview", "gemini") == "gemini/gemini-3-pro"
    assert draft.maker_of("gemini-3-pro-preview", "vertex") == "vertex/gemini-3-pro"


def test_only_a_draft_for_vertex_says_so():
    assert draft.draft_for("gemini-3-flash", "vertex").vertex
    assert not draft.draft_for("gemini-3-flash", "gemini").vertex
