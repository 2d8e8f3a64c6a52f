"""A row's quirks as they are read."""

from proxy.config.positions import parse
from proxy.config.problems import Findings
from proxy.config.quirks import RECORD, Number, read
from proxy.core.shape import Quirks


def quirks(text):
    findings = Findings()
    made = read(
        RECORD.read(parse(text.encode(), "f", findings), "", findings), ["x", "y"], findings
    )
    return made, [str(problem) for problem in findings.problems]


def test_what_is_left_out_is_the_records_default():
    assert quirks("{}") == (Quirks(), [])


def test_every_quirk_is_read():
    text = (
        "{rename: {a: b}, drop: [openai_only, z], developer_role: false, stream_options: false, think_tags: true,"
        " request: [no_names], response: [citations], clamp: {temperature: [0, 1.5]}, reasoning_replay: none}"
    )

    assert quirks(text) == (
        Quirks(
            rename={"a": "b"},
            drop=frozenset("xyz"),
            developer_role=False,
            stream_options=False,
            think_tags=True,
            request=("no_names",),
            response=("citations",),
            clamp={"temperature": (0.0, 1.5)},
            reasoning_replay="none",
        ),
        [],
    )


def test_a_range_has_two_ends_in_order():
    for ends in ("[1, 0]", "[0, 1, 2]"):
        found = quirks(f"{{clamp: {{n: {ends}}}}}")[1]

        assert found == ["f:1:13: clamp.n: expected the least and the most, in this order"]


def test_a_number_is_a_number_in_the_schema_too():
    assert Number().own_schema() == {"type": "number"}
