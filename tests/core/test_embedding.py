import dataclasses

import pytest

from proxy.core.embedding import EmbeddingRequest, Embeddings


@pytest.mark.parametrize(
    ("record", "field"),
    [(EmbeddingRequest(("a", (1, 2))), "inputs"), (Embeddings(((1.0,),), "m"), "vectors")],
)
def test_a_record_cannot_be_changed(record, field):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(record, field, ())


def test_what_was_not_said_is_not_there():
    request = EmbeddingRequest(("a",))

    assert (request.dimensions, request.input_type, request.user) == (None, None, None)
    assert (request.body, request.raw, request.forward) == ({}, b"", ())
    assert Embeddings(((1.0,),), "m").prompt_tokens is None
