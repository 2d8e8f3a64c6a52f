import re
from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

import pytest

from proxy.core import jsons
from proxy.core.price import Price
from proxy.watch.price_table import TABLE, PriceTable, Rate

HEAD = {"source", "licence", "made", "columns", "also"}
DATA = jsons.decode_object(TABLE.read_bytes())
LISTS = {name: rows for name, rows in DATA.items() if name not in HEAD}
ROWS = [(name, row) for name, rows in LISTS.items() for row in rows]
NUMBER = re.compile(r"\d+(\.\d+)?")
PRICES = re.compile(rf"({NUMBER.pattern})?(,({NUMBER.pattern})?)*")
WINDOW = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
D = Decimal


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def texts(rate):
    if isinstance(rate, str):
        return [rate]
    return [rate["price"], *rate.get("above", {}).values()]


def conditions(condition):
    if isinstance(condition, str):
        return [condition]
    inner = condition["all"] if isinstance(condition, dict) else condition
    return [each for part in inner for each in conditions(part)]


def table(tmp_path, **lists):
    path = tmp_path / "prices.json"
    columns = [field.name for field in fields(Price)]
    path.write_bytes(jsons.encode({"columns": columns, "also": {}, **lists}))
    return PriceTable(path)


# The data.


def test_the_table_says_whose_work_it_is():
    assert "genai-prices" in DATA["source"]
    assert "The MIT License" in DATA["licence"]
    assert "Copyright (c) Pydantic Services Inc." in DATA["licence"]
    assert date.fromisoformat(DATA["made"])


def test_the_table_is_small():
    assert TABLE.stat().st_size <= 300_000


def test_the_columns_are_a_prices_own():
    assert set(DATA["columns"]) == {field.name for field in fields(Price)}


def test_the_great_vendors_are_on_it():
    great = {
        "anthropic",
        "aws",
        "azure",
        "cohere",
        "deepseek",
        "google",
        "groq",
        "mistral",
        "openai",
        "x-ai",
    }

    assert great <= set(LISTS)
    assert len(ROWS) > 1_500


def test_every_price_is_a_plain_number_that_is_not_negative():
    wrong = [
        (name, row)
        for name, row in ROWS
        for rate in row[1:]
        for text in texts(rate)
        if not PRICES.fullmatch(text)
        or not text
        or len(text.split(",")) > len(DATA["columns"])
        or any(value and not 0 <= Decimal(value) <= 10_000 for value in text.split(","))
    ]

    assert wrong == []


def test_every_rate_says_when_it_holds_in_words_that_are_understood():
    for _, row in ROWS:
        for rate in row[1:]:
            if isinstance(rate, str):
                continue
            starts = [int(start) for start in rate.get("above", {})]

            assert set(rate) <= {"price", "above", "from", "daily", "tier"}
            assert all(start > 0 for start in starts)
            assert date.fromisoformat(rate.get("from", "2026-01-01"))
            assert all(WINDOW.fullmatch(each) for each in rate.get("daily", ()))
            assert len(rate.get("daily", ("", ""))) == 2


def test_every_first_rate_holds_always():
    limited = [
        row
        for _, row in ROWS
        for rate in row[1:2]
        if not isinstance(rate, str) and set(rate) - {"price", "above"}
    ]

    assert limited == []


def test_every_condition_can_be_tested():
    for _, row in ROWS:
        for each in conditions(row[0]):
            assert each[0] in "=^$*~"
            assert len(each) > 1
            if each[0] == "~":
                re.compile(each[1:])


def test_every_name_on_the_table_is_found():
    prices = PriceTable()
    lost = [
        (name, each)
        for name, row in ROWS
        for each in conditions(row[0])
        if each[0] == "=" and len(row) > 1 and not prices.rates(name, each[1:])
    ]

    assert lost == []


def test_a_list_points_only_to_lists_that_are_there():
    assert {other for others in DATA["also"].values() for other in others} | set(
        DATA["also"]
    ) <= set(LISTS)


def test_a_dearer_rate_for_long_calls_is_never_cheaper():
    for _, row in ROWS:
        for rate in row[1:]:
            levels = [text.split(",") for text in texts(rate)]
            for low, high in pairwise(levels):
                assert len(low) == len(high)
                assert all(D(a) <= D(b) for a, b in zip(low, high, strict=True) if a and b)


# Reading it.


@pytest.mark.parametrize(
    ("condition", "name", "found"),
    [
        ("=abc", "abc", True),
        ("=abc", "abcd", False),
        ("^ab", "abc", True),
        ("^bc", "abc", False),
        ("$bc", "abc", True),
        ("$ab", "abc", False),
        ("*b", "abc", True),
        ("*d", "abc", False),
        (r"~^a\w+$", "abc", True),
        (r"~^b", "abc", False),
        (["=x", "=abc"], "abc", True),
        (["=x", "=y"], "abc", False),
        ({"all": ["^a", "$c"]}, "abc", True),
        ({"all": ["^a", "$b"]}, "abc", False),
    ],
)
def test_a_condition_is_what_its_mark_says(tmp_path, condition, name, found):
    prices = table(tmp_path, acme=[[condition, "1,2"]])

    assert prices.rates("acme", name) == ((Rate(Price(D(1), D(2))),) if found else ())


def test_the_first_row_that_fits_is_the_models(tmp_path):
    prices = table(tmp_path, acme=[["=a-free"], ["^a-", "1"], ["*a", "2"]])

    assert prices.rates("acme", "a-free") == ()
    assert prices.rates("acme", "a-1") == (Rate(Price(D(1))),)
    assert prices.rates("acme", "ba") == (Rate(Price(D(2))),)


def test_an_empty_column_is_not_known(tmp_path):
    prices = table(tmp_path, acme=[["=a", ",2,,0"]])

    assert prices.rates("acme", "a")[0].price == Price(output=D(2), cache_write=D(0))


def test_a_list_that_is_not_there_has_nothing(tmp_path):
    prices = table(tmp_path, acme=[["=a", "1"]])

    assert prices.rates("nobody", "a") == ()
    assert prices.rates("nobody", "a") == ()
    assert prices.also("acme") == ()


def test_what_is_said_of_a_rate_is_read(tmp_path):
    told = {
        "price": "1,2",
        "above": {"500": "3,4", "50": "2,3"},
        "from": "2027-01-01",
        "daily": ["01:00", "04:00"],
        "tier": "flex",
    }
    prices = table(tmp_path, acme=[["=a", told]])

    assert prices.rates("acme", "a") == (
        Rate(
            Price(D(1), D(2)),
            above=((50, Price(D(2), D(3))), (500, Price(D(3), D(4)))),
            since="2027-01-01",
            daily=("01:00", "04:00"),
            tier="flex",
        ),
    )


@pytest.mark.parametrize(
    ("tokens", "level"), [(0, 1), (50, 1), (51, 2), (500, 2), (501, 3), (10**9, 3)]
)
def test_a_long_call_has_the_rate_that_it_is_above(tokens, level):
    rate = Rate(Price(D(1)), above=((50, Price(D(2))), (500, Price(D(3)))))

    assert rate.for_input(tokens) == Price(D(level))


@pytest.mark.parametrize(
    ("limits", "moment", "tier", "holds"),
    [
        ({}, "2026-11-21T00:00", "", True),
        ({}, "2026-11-21T00:00", "flex", True),
        ({"tier": "flex"}, "2026-11-21T00:00", "flex", True),
        ({"tier": "flex"}, "2026-11-21T00:00", "default", False),
        ({"since": "2027-01-01"}, "2026-12-31T23:59", "", False),
        ({"since": "2027-01-01"}, "2027-01-01T00:00", "", True),
        ({"daily": ("01:00", "04:00")}, "2026-11-21T00:59", "", False),
        ({"daily": ("01:00", "04:00")}, "2026-11-21T01:00", "", True),
        ({"daily": ("01:00", "04:00")}, "2026-11-21T03:59", "", True),
        ({"daily": ("01:00", "04:00")}, "2026-11-21T04:00", "", False),
        ({"daily": ("22:00", "02:00")}, "2026-11-21T23:00", "", True),
        ({"daily": ("22:00", "02:00")}, "2026-11-21T01:59", "", True),
        ({"daily": ("22:00", "02:00")}, "2026-11-21T12:00", "", False),
        ({"since": "2027-01-01", "daily": ("22:00", "02:00")}, "2026-11-21T23:00", "", False),
    ],
)
def test_a_rate_holds_from_its_date_in_its_hours_for_its_tier(limits, moment, tier, holds):
    assert Rate(Price(), **limits).holds(at(moment), tier) is holds


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"acme": '])
def test_a_table_that_cannot_be_read_makes_prices_unknown_and_says_so_once(
    tmp_path, caplog, content
):
    path = tmp_path / "prices.json"
    if content is not None:
        path.write_bytes(content)
    prices = PriceTable(path)

    assert prices.rates("acme", "a") == ()
    assert prices.also("acme") == ()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
