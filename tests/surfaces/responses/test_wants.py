from proxy.surfaces.responses.wants import Wants


def test_nothing_noted_keeps_nobody_away():
    wants = Wants()

    assert not wants
    assert wants.sentence == ""


def test_the_sentence_names_the_first_places_and_counts_the_rest():
    wants = Wants()
    for place in range(5):
        wants.note(f"input[{place}]", "an item")

    assert wants
    assert wants.sentence == (
        "Only a target with a Responses API of its own takes 'input[0]' (an item), 'input[1]' (an item), "
        "'input[2]' (an item) and 2 more."
    )
