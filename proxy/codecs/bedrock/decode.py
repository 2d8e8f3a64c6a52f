"""A whole Converse answer as a completion: read through the very blocks that read a stream.

An answer of InvokeModel is Claude's own, and is read as that.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from proxy.codecs.anthropic import decode as claude
from proxy.codecs.bedrock import faults
from proxy.codecs.bedrock.answer import Answer
from proxy.codecs.faults import parsed
from proxy.core import jsons
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.shape import Completion, Target


def decode(
    headers: Mapping[str, str], body: bytes, *, created: int, target: Target | None
) -> Completion:
    """Read a whole answer.

    Args:
        headers: Names in lower case; one of them holds the id.
        body: All of it.
        created: Seconds since 1970; the provider gives none.
        target: Whose answer it is, where that is known: the provider names no model.

    Raises:
        ProxyError: an error inside a 200, EMPTY, MALFORMED.
    """
    value = parsed(body, jsons.decode_object)
    if value.get("type") == "message":
        return claude.read(value, body, created=created)
    output = value.get("output")
    message = output.get("message") if isinstance(output, dict) else None
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, list):
        raise faults.body_fault(value) or ProxyError(
            Kind.MALFORMED, "the provider's answer has no content"
        )
    given = headers.get("x-amzn-requestid") or sha256(b"%d/%b" % (created, body)).hexdigest()[:24]
    build = Builder(created, f"chatcmpl-{given}", target.model if target else "")
    # A whole answer holds no more than its body, which has its own limit.
    answer = Answer(build, len(body), target)
    chunks = answer.begin()
    for index, block in enumerate(content):
        chunks += answer.open(index, block) + answer.close(index)
    chunks += answer.end(value.get("stopReason"), value.get("additionalModelResponseFields"))
    return fold(chunks + answer.usage(value))
