"""What this API's failures mean beyond what all providers' have in common.

A response that failed names its error by a code of its own vocabulary; what is wrong with the caller's images or
prompt is the caller's, whoever would be asked next.

Source: https://developers.openai.com/api/reference/resources/responses and .../api/docs/guides/error-codes
(read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from proxy.codecs import faults
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Json

_CODES_BY_KIND: Final[dict[Kind, str]] = {
    Kind.CONTENT_FILTER: "invalid_prompt bio_policy cyber_policy misalignment_policy_violation "
    "image_content_policy_violation",
    Kind.INVALID_REQUEST: "invalid_image invalid_image_format invalid_base64_image invalid_image_url "
    "image_too_large image_too_small image_parse_error invalid_image_mode image_file_too_large "
    "unsupported_image_media_type empty_image_file failed_to_download_image image_file_not_found "
    "invalid_encrypted_content previous_response_not_found",
    Kind.PERMISSION: "data_residency_mismatch",
    Kind.UPSTREAM_TIMEOUT: "vector_store_timeout",
}
_FLAT: Final = ("code", "message", "param")
_CODES: Final = {code: kind for kind, codes in _CODES_BY_KIND.items() for code in codes.split()}


def fault(status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
    """Name the failure that a response is.

    Args:
        status: The HTTP status.
        headers: Names in lower case.
        body: Any bytes at all.
    """
    return _sharpened(faults.fault(status, headers, body))


def event_fault(value: Any) -> ProxyError | None:
    """Name the failure that a JSON value inside a 200 is; None where it is no error."""
    error = faults.event_fault(value)
    return _sharpened(error) if error else None


def error_event(value: Json) -> ProxyError | None:
    """Name the failure that an `error` event is: as its documentation has it, flat, or nested as it is really sent."""
    nested = value.get("error")
    said = nested or {name: value[name] for name in _FLAT if name in value}
    return event_fault({"error": said})


def failed(response: Json) -> ProxyError | None:
    """Name the failure of a response object; None where it did not fail, or does not say why."""
    return event_fault({"error": response.get("error")}) if response.get("error") else None


def _sharpened(error: ProxyError) -> ProxyError:
    error.kind = _CODES.get(str(error.code), error.kind)
    return error
