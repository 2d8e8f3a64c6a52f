from proxy.codecs.openai.seed import Seed


def test_the_same_answer_has_the_same_seed_and_no_other_has_it():
    seed = Seed(7, b"{}")

    assert str(seed) == str(Seed(7, b"{}"))
    assert len({str(seed), str(Seed(8, b"{}")), str(Seed(7, b"[]"))}) == 3


def test_each_choice_has_its_own():
    seed = Seed(7, b"{}")

    assert str(seed.of(1)) == f"{seed}/1"
