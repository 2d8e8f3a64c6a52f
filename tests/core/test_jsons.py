import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import jsons

SURROGATE = b'{"text":"a \\ud83d b","n":1.50}'

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None, exclude_categories=())),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(values)
def test_what_is_written_reads_back_the_same(value):
    assert jsons.decode(jsons.encode(value)) == value


@given(values)
def test_everything_is_written_on_one_line(value):
    assert b"\n" not in jsons.encode(value)


def test_a_byte_order_mark_is_read_over():
    assert jsons.decode(b'\xef\xbb\xbf{"a":1}') == {"a": 1}
    assert jsons.split(b'\xef\xbb\xbf{"a":1}') == jsons.split(b'{"a":1}')


def test_a_lone_surrogate_survives_the_round_trip():
    value = jsons.decode(SURROGATE)

    assert value["text"] == "a \ud83d b"
    assert jsons.decode(jsons.encode(value)) == value


def test_a_lone_surrogate_does_not_stop_split():
    members = jsons.split(SURROGATE)

    assert jsons.decode(bytes(members["text"])) == "a \ud83d b"
    assert jsons.decode(jsons.join(members)) == jsons.decode(SURROGATE)


def test_a_lone_surrogate_in_a_key_does_not_stop_join():
    data = b'{"\\ud83d":1,"b":2}'

    assert jsons.decode(jsons.join(jsons.split(data))) == {"\ud83d": 1, "b": 2}


@pytest.mark.parametrize("data", [b"NaN", b"[Infinity]", b'{"a":-Infinity}'])
def test_numbers_that_json_does_not_have_are_refused(data):
    with pytest.raises(jsons.JsonError, match="is not JSON"):
        jsons.decode(data)


@pytest.mark.parametrize("data", [b"1e400", b"[-1e400]", b'{"a":"\\ud83d","b":1e400}'])
def test_a_number_beyond_any_float_is_refused(data):
    with pytest.raises(jsons.JsonError, match="beyond what a float holds"):
        jsons.decode(data)


def test_the_lenient_reader_keeps_a_float():
    assert jsons.decode(b'["\\ud83d",1.50,1e308]')[1:] == [1.5, 1e308]


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "line 1 column 1"),
        (b'{"a":1} x', "line 1 column 9"),
        (b'{\n"a":tru}', "line 2 column 5"),
        (b'{"a":"\xff"}', "not UTF-8 at line 1 column 7$"),
        (b'{"a":"\xed\xa0\x80"}', "not UTF-8 at line 1 column 7$"),
        (b'{\n"a":\n "\xc3\xa4\xc3\xa4\xff"}', "not UTF-8 at line 3 column 5$"),
        (b'\xef\xbb\xbf{"a":"\xff"}', "not UTF-8 at line 1 column 7$"),
        ('{"a":1}'.encode("utf-16"), "not UTF-8 at line 1 column 1$"),
        (b"NaN", "NaN is not JSON at line 1 column 1$"),
        (b'{"NaN":"NaN \\" NaN",\n "b":[1, NaN]}', "NaN is not JSON at line 2 column 10$"),
        (b'[\n"\xc3\xa4",-Infinity]', "-Infinity is not JSON at line 2 column 5$"),
        (b'["-Infinity", Infinity]', "^Infinity is not JSON at line 1 column 15$"),
        (b"9" * 5000, "4300 digits"),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(data, where):
    with pytest.raises(jsons.JsonError, match=where):
        jsons.decode(data)


def nested(depth):
    return b"[" * depth + b"]" * depth


def test_128_levels_are_read():
    assert jsons.decode(nested(128)) is not None
    assert jsons.decode(b'{"a":' * 127 + b"{}" + b"}" * 127) is not None


@pytest.mark.parametrize("data", [nested(129), nested(100_000), b"[" * 100_000, b'{"a":' * 100_000])
def test_deeper_nests_are_refused(data):
    with pytest.raises(jsons.JsonError, match="nested deeper than 128 levels"):
        jsons.decode(data)


def test_a_nest_that_no_reader_survives_is_not_split():
    with pytest.raises(jsons.JsonError, match="nested deeper than 128 levels"):
        jsons.split(b'{"a":' + nested(100_000) + b"}")


def test_a_deep_nest_that_only_the_lenient_reader_sees_is_refused():
    with pytest.raises(jsons.JsonError, match="nested deeper than 128 levels"):
        jsons.decode(b'["\\ud800",' + b"[" * 50_000 + b"]" * 50_001)


def test_many_brackets_side_by_side_are_no_depth():
    assert len(jsons.decode(b"[" + b"[],{}," * 500 + b"0]")) == 1001


def test_big_integers_keep_every_digit():
    data = b'{"a":123456789012345678901234567890,"b":-18446744073709551617}'

    assert jsons.encode(jsons.decode(data)) == data


def test_of_equal_keys_the_last_counts():
    data = b'{"model":"a","model":"b"}'

    assert jsons.decode(data) == {"model": "b"}
    assert jsons.join(jsons.split(data)) == b'{"model":"b"}'


def test_split_and_join_keep_the_bytes_of_members():
    data = b'{"a":1.50,"b":{ "x" : "\\u0041" },"c":1e2,"d":[1, 2]}'

    assert jsons.join(jsons.split(data)) == data


@pytest.mark.parametrize("data", [b"[]", b"1", b"null", b"{", b""])
def test_only_objects_are_split(data):
    with pytest.raises(jsons.JsonError):
        jsons.split(data)


def test_decode_object_says_what_came_instead():
    assert jsons.decode_object(b'{"a":1}') == {"a": 1}
    with pytest.raises(jsons.JsonError, match="expected an object, got an array"):
        jsons.decode_object(b"[]")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "null"),
        (True, "a boolean"),
        (1, "a number"),
        (1.5, "a number"),
        ("", "a string"),
        ([], "an array"),
        ({}, "an object"),
    ],
)
def test_types_are_called_by_their_json_names(value, name):
    assert jsons.name_of(value) == name


def test_sorted_text_has_its_keys_in_order():
    assert jsons.encode_sorted({"b": 1, "a": "é"}) == '{"a":"é","b":1}'
    assert jsons.encode_sorted({"a": 1}, indent=2) == '{\n  "a": 1\n}'


class Counted(jsons.Struct):
    tokens: jsons.Count


@pytest.mark.parametrize("count", [b"0", b"9007199254740991"])
def test_a_form_takes_whole_numbers_that_everyone_reads_exactly(count):
    assert jsons.Form(Counted).read(b'{"tokens":%b}' % count).tokens == int(count)


@pytest.mark.parametrize("count", [b"-1", b"9007199254740992", b"1.5", b"true", b'"1"', b"null"])
def test_a_form_takes_no_other_count(count):
    assert jsons.Form(Counted).read(b'{"tokens":%b}' % count) is None


@pytest.mark.parametrize(
    "value", [{"tokens": 1, "\ud83d": 2}, {"\ud83d": {}}, {"tokens": "\ud83d"}]
)
def test_a_value_with_a_lone_surrogate_is_of_no_form(value):
    assert jsons.Form(Counted).of(value) is None
    assert jsons.Form(Counted).of({"tokens": 1}) == Counted(1)


class Named(jsons.Struct, forbid_unknown_fields=True):
    name: str


def test_forms_are_read_in_one_step_and_in_order():
    assert jsons.Forms(Named).read([b'{"name":"a"}', b' {"name":"],[b"}\n']) == [
        (Named("a"),),
        (Named("],[b"),),
    ]


ROWS = st.lists(
    st.sampled_from([b'{"name":"a"}', b'{"name":"', b'"}', b"],[", b"],\n[", b"{}", b""])
)


@given(st.lists(ROWS.map(b"".join), min_size=1, max_size=4))
def test_forms_are_read_where_each_would_be_read_by_itself(values):
    alone = [jsons.Form(Named).read(value) for value in values]

    assert jsons.Forms(Named).read(values) == (
        None if None in alone else [(value,) for value in alone]
    )


@pytest.mark.parametrize("last", [b'{"tokens":2}', b'{"tokens":-1}', b"{", b'"\xff"', b"[" * 9999])
def test_a_form_reads_all_of_many_or_none(last):
    datas = [b'{"tokens":1}', last]
    each = [jsons.Form(Counted).read(data) for data in datas]

    assert jsons.Form(Counted).read_all(datas) == (None if None in each else each)


@pytest.mark.parametrize(
    ("datas", "are"),
    [
        ([b"1", b'{"a": [2]}', b'"\\u00e9"'], True),
        ([b"1", b"2,3"], False),
        ([b"1", b""], False),
        ([b"01"], False),
        ([b"{"], False),
        ([b"[" * 9999], False),
    ],
)
def test_values_are_told_without_being_read(datas, are):
    assert jsons.are_values(datas) is are


NEST = "[" * (jsons.MAX_DEPTH + 1) + "]" * (jsons.MAX_DEPTH + 1)


@pytest.mark.parametrize(
    ("text", "is_of_it"),
    [
        ('{"tokens": 1}', True),
        ('{"tokens": "one"}', False),
        ('{"tokens": 1, "tokens": 2}', True),
        ("[1]", False),
        ('\ufeff{"tokens": 1}', False),
    ],
)
def test_a_form_tells_the_value_with_what_it_is_of_it(text, is_of_it):
    value, form = jsons.Form(Counted).told(text.encode())

    assert value == jsons.decode(text.encode())
    assert form == (Counted(value["tokens"]) if is_of_it else None)


@pytest.mark.parametrize("text", ["", "{", "NaN", NEST, '{"tokens":' + NEST + "}"])
def test_what_is_refused_is_refused_by_a_form_in_the_same_words(text):
    with pytest.raises(jsons.JsonError) as by_all:
        jsons.decode(text.encode())
    with pytest.raises(jsons.JsonError) as by_form:
        jsons.Form(Counted).told(text.encode())

    assert str(by_form.value) == str(by_all.value)


@pytest.mark.parametrize("values", [[], [{"a": "b\nc"}, 1, None], [{"a": "\ud800"}, ["é"]]])
def test_lines_are_what_each_value_is(values):
    assert jsons.encode_lines(values) == [jsons.encode(value) for value in values]


def test_a_struct_is_written_whatever_its_texts_hold():
    class Told(jsons.Struct, omit_defaults=True):
        text: str
        more: str | None = None

    assert jsons.encode([Told("\ud800")]) == b'[{"text":"\\ud800"}]'
