"""Google: an access token from the places where its own libraries look for one, in their order, as bearer on each call.

The order: a token in the configuration; a file that the configuration or `GOOGLE_APPLICATION_CREDENTIALS` names, of a
service account or of a user's login; the file that `gcloud` keeps of that login; the metadata server of the machine.

Source: https://docs.cloud.google.com/docs/authentication/application-default-credentials and
https://developers.google.com/identity/protocols/oauth2/service-account (read 2026-11-20).
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from proxy.core import jsons
from proxy.core.credential import GoogleAuth
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import Headers, HttpCall, Json
from proxy.core.usage import count
from proxy.upstream.flow import Flow, Held
from proxy.upstream.rs256 import BadKey, read_key

EARLY: Final = 300.0
"""Seconds before its end in which a token is replaced."""
LEAST: Final = 30.0
"""Seconds that a token is kept in any case, so that nobody is asked for each call."""
LIFE: Final = 3600
"""Seconds that a claim is good for, and a token that does not say how long it is."""

_TOKENS: Final = "https://oauth2.googleapis.com/token"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_FORM: Final = (("content-type", "application/x-www-form-urlencoded"),)
_METADATA: Final = "metadata.google.internal"
_ACCOUNT: Final = "/computeMetadata/v1/instance/service-accounts/default/token"
_FLAVOUR: Final = (("metadata-flavor", "Google"),)
_VARIABLE: Final = "GOOGLE_APPLICATION_CREDENTIALS"
_MAX_FILE: Final = 64 * 1024


class Google:
    """The scheme of `GoogleAuth`; its credential is a `Secret`.

    Args:
        environ: The environment.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ

    def credentials(self, auth: GoogleAuth, now: float) -> Flow:
        """Find the token."""
        if auth.access_token:
            return Held(auth.access_token)
        named = auth.service_account_file or self._environ.get(_VARIABLE, "")
        place = Path(named) if named else self._login()
        if place is None:
            return (yield from self._machine(auth, now))
        file = _read(place)
        ask = _FILES.get(str(file.get("type")))
        if ask is None:
            raise _refused(f"{place} is of no kind that can be used here")
        call = ask(file, auth.scope, now)
        status, body = yield call
        return _held(status, body, now, "Google's token service")

    def headers(self, call: HttpCall, auth: GoogleAuth, credential: Secret, now: float) -> Headers:
        """The headers of the call with its token."""
        del auth, now
        kept = tuple(line for line in call.headers if line[0] != "authorization")
        return (*kept, ("authorization", f"Bearer {credential.reveal()}"))

    def _login(self) -> Path | None:
        """The file that `gcloud auth application-default login` leaves."""
        home = self._environ.get("CLOUDSDK_CONFIG")
        folder = Path(home) if home else Path(self._environ.get("HOME", "/")) / ".config" / "gcloud"
        place = folder / "application_default_credentials.json"
        return place if place.is_file() else None

    def _machine(self, auth: GoogleAuth, now: float) -> Flow:
        host = self._environ.get("GCE_METADATA_HOST") or _METADATA
        query = urlencode({"scopes": auth.scope})
        address = f"http://{host}{_ACCOUNT}?{query}"
        try:
            status, body = yield HttpCall(address, _FLAVOUR, b"", method="GET")
        except ProxyError:
            raise _refused(
                f"the provider's entry, {_VARIABLE}, gcloud's own file and the machine's metadata have none"
            ) from None
        return _held(status, body, now, "the machine's metadata")


def _service_account(file: Json, scope: str, now: float) -> HttpCall:
    """A claim signed by the account, in exchange for a token."""
    address = _text(file, "token_uri", _TOKENS)
    head = {"alg": "RS256", "typ": "JWT", "kid": _text(file, "private_key_id", "")}
    claim = {
        "iss": _text(file, "client_email"),
        "scope": scope,
        "aud": address,
        "iat": int(now),
        "exp": int(now) + LIFE,
    }
    signed = f"{_encoded(jsons.encode(head))}.{_encoded(jsons.encode(claim))}"
    try:
        signature = read_key(_text(file, "private_key")).sign(signed.encode("ascii"))
    except BadKey as error:
        raise _refused(f"the service account's key cannot be used: {error}") from None
    form = {"grant_type": _GRANT, "assertion": f"{signed}.{_encoded(signature)}"}
    return HttpCall(address, _FORM, urlencode(form).encode("ascii"))


def _user(file: Json, _scope: str, _now: float) -> HttpCall:
    """A user's login, in exchange for a token."""
    form = {
        "grant_type": "refresh_token",
        **{name: _text(file, name) for name in ("client_id", "client_secret", "refresh_token")},
    }
    return HttpCall(_text(file, "token_uri", _TOKENS), _FORM, urlencode(form).encode("ascii"))


_FILES: Final[dict[str, Callable[[Json, str, float], HttpCall]]] = {
    "service_account": _service_account,
    "authorized_user": _user,
}


def _held(status: int, body: bytes, now: float, who: str) -> Held:
    said = _object(body)
    token = said.get("access_token")
    if status != 200 or not isinstance(token, str) or not token:
        words = said.get("error_description") or said.get("error")
        why = f": {words}" if isinstance(words, str) else ""
        raise _refused(f"{who} answered {status} without a token{why}"[:1024])
    seconds = count(said.get("expires_in"))
    expires = now + (LIFE if seconds is None else seconds)
    return Held(Secret(token), max(expires - EARLY, now + LEAST), expires)


def _read(place: Path) -> Json:
    try:
        with place.open("rb") as file:
            return jsons.decode_object(file.read(_MAX_FILE))
    except OSError as error:
        raise _refused(f"{place} cannot be read ({error.strerror})") from None
    except jsons.JsonError:
        raise _refused(f"{place} is not JSON") from None


def _object(body: bytes) -> Json:
    try:
        return jsons.decode_object(body)
    except jsons.JsonError:
        return {}


def _text(file: Json, name: str, default: str | None = None) -> str:
    value: Any = file.get(name) or default
    if not isinstance(value, str):
        raise _refused(f"the credentials' file has no '{name}'")
    return value


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _refused(why: str) -> ProxyError:
    return ProxyError(Kind.AUTH, f"There is no Google access token: {why}.")
