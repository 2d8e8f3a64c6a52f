from collections import Counter

from proxy.store import rules
from proxy.store.memory import MemoryBooks
from proxy.store.records import Ask, Balance, Conclusion, Correction, Hold, Settlement, Want


def test_a_sentence_says_which_sums_do_not_add_up():
    told = Counter({("a", "grant"): 9, ("a", "hold"): 5, ("a", "settle"): 2, ("a", "release"): 1})

    assert rules.difference(Balance("a", 9, 2, 2), told) == ""
    assert rules.difference(Balance("a", 9, 2, 3), told).startswith(
        "granted, held and spent are (9, 2, 3), and the lines of the ledger come to (9, 2, 2)."
    )


def test_an_ask_reads_and_writes_each_limit_and_account_once():
    class Counting(MemoryBooks):
        def __init__(self):
            super().__init__()
            self.touched = Counter()

        def bucket(self, limit):
            self.touched["bucket"] += 1
            return super().bucket(limit)

        def put_bucket(self, limit, bucket, per_minute):
            self.touched["put_bucket"] += 1
            super().put_bucket(limit, bucket, per_minute)

        def balance(self, account):
            self.touched["balance"] += 1
            return super().balance(account)

        def put_balance(self, balance):
            self.touched["put_balance"] += 1
            super().put_balance(balance)

    books = Counting()
    rules.grant(books, "a", 10, "g", "", 1.0)
    books.touched.clear()
    rules.admit(
        books,
        Ask((Want("x", 10, 1), Want("x", 10, 1)), (Hold("h", "a", 1, 60), Hold("i", "a", 1, 60))),
        1.0,
    )

    assert books.touched == {"bucket": 1, "put_bucket": 1, "balance": 1, "put_balance": 1}


def test_corrections_of_one_limit_are_added_up():
    books = MemoryBooks()
    ends = [Conclusion(corrections=(Correction("x", 10, 2), Correction("x", 10, 3)))] * 2
    rules.conclude(books, ends, 1.0)

    assert rules.admit(books, Ask((Want("x", 10, 0),)), 1.0).levels[0].remaining == 0


def test_a_hold_of_nothing_ends_with_a_line_too():
    books = MemoryBooks()
    rules.admit(books, Ask(holds=(Hold("h", "a", 0, 60),)), 1.0)
    rules.settle(books, [Settlement("h", 0)], 2.0)

    assert [(line.kind, line.amount) for line in books.lines] == [("hold", 0), ("release", 0)]
