"""What an encoder writes of a request, which it may not touch: the same is encoded again for the next target."""

import copy


def encoded(encode, request, target):
    """The HTTP call; the request stays as it was, and a second encoding gives the same bytes."""
    before = copy.deepcopy(request.body)
    call = encode(request, target)

    assert request.body == before
    assert encode(request, target) == call

    return call
