from proxy.core.steps import done


def test_work_that_is_done_at_once_comes_to_what_it_returns():
    said = []

    def work():
        said.append(1)
        yield
        said.append(2)
        yield
        return "all"

    assert done(work()) == "all"
    assert said == [1, 2]
