import pytest

from proxy.core.errors import Kind
from proxy.surfaces.messages import complaint


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (complaint.missing("max_tokens"), "max_tokens: Field required"),
        (
            complaint.wrong_type("messages.0.role", "a valid string"),
            "messages.0.role: Input should be a valid string",
        ),
        (complaint.invalid("tools.0", "no"), "tools.0: no"),
    ],
)
def test_a_complaint_begins_with_its_place_as_anthropics_do(error, message):
    assert (error.kind, error.message) == (Kind.INVALID_REQUEST, message)
    assert message.startswith(f"{error.param}: ")
