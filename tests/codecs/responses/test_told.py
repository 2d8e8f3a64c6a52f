from proxy.codecs.responses.told import Told


def told(*pieces):
    text = Told()
    for piece in pieces:
        text.add(piece)
    return text


def test_the_whole_of_an_untold_text_is_its_rest():
    assert told().rest("Cork") == "Cork"


def test_only_the_rest_of_a_begun_text_follows():
    assert told("Co", "r").rest("Cork, high") == "k, high"


def test_nothing_follows_a_text_that_was_told():
    assert told("Cork").rest("Cork") == ""


def test_nothing_follows_where_the_whole_is_another_text():
    assert told("Cobh").rest("Cork harbour") == ""


def test_half_a_surrogate_pair_is_no_trouble():
    assert told("\ud83d").rest("\ud83d\udc26!") == "\udc26!"
