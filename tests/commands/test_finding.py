from proxy.commands.finding import fail, failed, lines, ok, record, warn


def test_each_finding_is_a_line_and_its_remedy_stands_below_it():
    said = list(lines([ok("clock", "agrees"), fail("port", "in use", "stop it")]))

    assert said == [
        "ok    clock       agrees",
        "fail  port        in use",
        "                  hint: stop it",
        "1 failure.",
    ]


def test_the_last_line_sums_up():
    some = [warn("a", "x"), warn("b", "y"), fail("c", "z")]

    assert list(lines([ok("a", "x")]))[-1] == "Everything is well."
    assert list(lines(some))[-1] == "1 failure and 2 warnings."
    assert list(lines(some[:1]))[-1] == "1 warning."


def test_a_warning_is_no_failure():
    assert not failed([ok("a", "x"), warn("b", "y")])
    assert failed([warn("b", "y"), fail("c", "z")])


def test_programs_get_a_record():
    assert record([fail("port", "in use", "stop it"), ok("clock", "agrees")]) == {
        "ok": False,
        "findings": [
            {"level": "fail", "subject": "port", "message": "in use", "hint": "stop it"},
            {"level": "ok", "subject": "clock", "message": "agrees", "hint": None},
        ],
    }
