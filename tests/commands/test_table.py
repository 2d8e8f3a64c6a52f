import csv
import io

from proxy.commands.table import card, csv_line, field, json_line, json_text, table, when

COLUMNS = (("ID", field("id")), ("LEFT", field("credits.remaining")), ("AT", when("at")))


def test_columns_are_as_wide_as_they_must_be():
    lines = list(
        table(COLUMNS, [{"id": "a", "credits": {"remaining": 5}, "at": 0}, {"id": "long"}])
    )

    assert lines == [
        "ID    LEFT  AT",
        "a     5     1970-01-01T00:00:00Z",
        "long  -     -",
    ]


def test_one_object_has_a_line_for_each_column():
    assert list(card(COLUMNS, {"id": "a"})) == ["ID    a", "LEFT  -", "AT    -"]


def test_a_cell_shows_what_people_read():
    show = (("V", field("v")),)
    cells = [
        list(table(show, [{"v": v}]))[1]
        for v in (True, False, 1.5, 0.0, [], ["a", "b"], "two\nlines\x1b[31m", None, "")
    ]

    assert cells == ["yes", "no", "1.5", "0", "-", "a,b", "two?lines?[31m", "-", "-"]


def test_csv_is_read_again_and_is_never_a_formula():
    line = csv_line(["a,b", '"', None, 1.5, ["x", "y"], {"k": 1}, "=1+1", "-x", -1])

    assert next(csv.reader(io.StringIO(line))) == [
        *("a,b", '"', "", "1.5", "x;y", '{"k":1}'),
        *("'=1+1", "'-x", "-1"),
    ]


def test_json_is_for_programs():
    assert json_line({"a": "é"}) == '{"a":"é"}'
    assert json_text({"b": 1, "a": 2}) == '{\n  "a": 2,\n  "b": 1\n}'


def test_yes_and_no_are_in_csv_as_in_json():
    assert csv_line([True, False, 1, 0]) == "true,false,1,0"
