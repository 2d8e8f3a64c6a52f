import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import jsons
from proxy.gate.ending import Ending, read, write
from proxy.store.records import CallRow, Conclusion, Correction, Hold, Settlement

names = st.text(max_size=8)
counts = st.integers(0, 2**53)
holds = st.builds(Hold, names, names, counts, st.floats(0, 1e6), st.none() | counts)
rows = st.builds(
    CallRow,
    *[names, st.floats(0, 2e9), names, names, names, names, names, counts, st.booleans()],
    prompt_tokens=counts,
    priced=st.booleans(),
    detail=st.dictionaries(names, st.lists(counts)),
)
endings = st.builds(
    Ending,
    st.builds(
        Conclusion,
        st.lists(st.builds(Settlement, names, counts, names)).map(tuple),
        st.lists(st.builds(Correction, names, counts, st.integers())).map(tuple),
        st.none() | rows,
    ),
    st.lists(holds).map(tuple),
)


@given(endings)
def test_an_ending_is_read_as_it_was_written_and_takes_one_line(ending):
    line = write(ending)

    assert read(line) == ending
    assert b"\n" not in line


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b'{"row": null}', b'{"late": 1, "settlements": [1], "row": null}'],
)
def test_a_torn_line_is_nothing(line):
    assert read(line) is None


@pytest.mark.parametrize("said", [{"status": "200"}, {"at": None}, {"detail": [1]}])
def test_a_line_whose_row_was_changed_is_nothing(said):
    row = CallRow("call_1", 1.0, "chat", "a", "a", "t", "served", 200, stream=False)
    sent = jsons.decode(write(Ending(Conclusion(row=row))))

    assert read(jsons.encode(sent)).conclusion.row == row
    assert read(jsons.encode({**sent, "row": {**sent["row"], **said}})) is None


def test_a_line_that_was_cut_anywhere_is_nothing():
    line = write(Ending(Conclusion((Settlement("h", 1),)), (Hold("h", "a", 1, 60.0),)))

    assert {read(line[:at]) for at in range(len(line))} == {None}
