"""Calls for vectors and their targets, as the tests of the embedding codecs write them."""

import json

import pytest

from proxy.codecs.embeddings import EMBEDDINGS
from proxy.core.embedding import EmbeddingRequest
from proxy.core.errors import ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import Target
from proxy.core.steps import done

KEY = "key-0123456789abcdef"
JSON_HEAD = {"content-type": "application/json", "accept": "application/json"}


def ask(*inputs, forward=(), raw=b"", **body):
    """A request as a surface would parse it from this body."""
    return EmbeddingRequest(
        inputs=inputs or ("hello",),
        dimensions=body.get("dimensions"),
        input_type=body.get("input_type"),
        user=body.get("user"),
        body={"model": "asked", "input": "not read", **body},
        raw=raw,
        forward=forward,
    )


def target(protocol, model="m", base="http://provider.test/v1", *, key=KEY, **given):
    return Target("p", model, protocol, base, api_key=Secret(key) if key else None, **given)


def call(who, *inputs, **body):
    """The call for a target: what its codec writes."""
    return EMBEDDINGS[who.protocol].encode(ask(*inputs, **body), who)


def native(who, *inputs, **body):
    """The body of the call for a target."""
    return json.loads(call(who, *inputs, **body).body)


def refusal(who, *inputs, **body):
    """Why the call for a target cannot be written."""
    with pytest.raises(ProxyError) as caught:
        call(who, *inputs, **body)
    return caught.value


def answer(protocol, value, headers=None, model="m"):
    """What a whole answer says."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    who = target(protocol, model)
    return done(EMBEDDINGS[protocol].decode(200, headers or {}, body, target=who))


def rows(vectors):
    """Vectors as tuples of their numbers."""
    return tuple(map(tuple, vectors))


def complaint(protocol, value):
    """Why an answer is none."""
    with pytest.raises(ProxyError) as caught:
        answer(protocol, value)
    return caught.value
