from proxy.store.gcra import UNIT
from proxy.store.records import (
    Ask,
    CallRow,
    Conclusion,
    Correction,
    Entry,
    Granted,
    Hold,
    Level,
    Limited,
    Settled,
    Settlement,
    Short,
    Want,
)
from proxy.store.redis import ledger

ASK = Ask(
    (Want("a", 10, 1), Want("b", 60, 2)),
    (Hold("h", "credits:acme", 5, 1.5), Hold("i", "budget:k", 6, 60, 100)),
    (Want("c", 10, 3),),
)


def test_an_ask_is_three_lists_after_their_lengths():
    assert ledger.asking(ASK) == [
        *[2, "a", 10, 1, "b", 60, 2],
        *[1, "c", 10, 3],
        *[2, "h", "credits:acme", 5, 1_500_000, "", "i", "budget:k", 6, 60_000_000, 100],
    ]


def test_answers_are_read():
    assert ledger.asked(ASK, [b"granted", [UNIT, 0], [1]]) == Granted(
        (Level("a", 10, 9, 6.0), Level("b", 60, 60, 0.0)), ("c",)
    )
    assert ledger.asked(ASK, [b"short", b"credits:acme", 4]) == Short("credits:acme", 4)
    assert ledger.asked(
        ASK, [b"limited", [10 * UNIT, 60 * UNIT], [1, 2], [10 * UNIT, 60 * UNIT]]
    ) == Limited("a", 6.0, (Level("a", 10, 0, 60.0), Level("b", 60, 0, 60.0)))


def test_conclusions_are_rows_corrections_and_settlements():
    row = CallRow("c", 86400.5, "chat", "al", "as", "t", "served", 200, False, team="acme", job="j")
    ends = [Conclusion((Settlement("h", 5, "n"),), (Correction("a", 10, -2),), row), Conclusion()]
    told = ledger.concluding(ends, keep=1.5)

    assert told[:8] == [1500, 2, "1", "c", "86400.5", 1, "acme", "j"]
    assert told[9:18] == [1, 1, 0, 0, 0, 0, 0, 0, 0.0]
    assert told[19:] == [1, "a", 10, -2, 1, "h", 5, "n", "0", 0, 0]


def test_settlements_are_answered_in_their_order():
    ends = [Conclusion((Settlement("h", 5), Settlement("i", 6))), Conclusion((Settlement("j", 7),))]

    assert ledger.concluded(ends, [5, 0, 4, 2, 0, 7]) == [
        Settled("h", 5),
        Settled("i", 4, 2),
        Settled("j", 0, 7),
    ]


def test_a_line_is_read_whatever_the_order_of_its_fields():
    fields = [
        *[b"shortfall", b"1", b"at", b"1500000", b"account", b"a", b"kind", b"settle"],
        *[b"amount", b"5", b"ref", b"h", b"note", "größer".encode()],
    ]

    assert ledger.line([b"7-1", fields]) == Entry("7-1", 1.5, "a", "settle", 5, "h", "größer", 1)
