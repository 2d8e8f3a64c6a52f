import base64
import secrets

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from proxy.upstream.rs256 import BadKey, RsaKey, read_key

KEY = rsa.generate_private_key(65537, 2048)


def pem(key, form=serialization.PrivateFormat.PKCS8):
    none = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, none).decode()


def wrapped(data):
    text = base64.b64encode(data).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n"


PEM = pem(KEY)
DER = base64.b64decode("".join(PEM.splitlines()[1:-1]))


@pytest.mark.parametrize("bits", [2048, 2056, 3072])
def test_signatures_are_those_of_cryptography(bits):
    key = rsa.generate_private_key(65537, bits)
    ours = read_key(pem(key))
    for size in (0, 1, 55, 64, 1000):
        message = secrets.token_bytes(size)
        signature = ours.sign(message)
        key.public_key().verify(signature, message, padding.PKCS1v15(), hashes.SHA256())

        assert signature == key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def test_the_same_message_gives_the_same_signature_however_it_is_blinded():
    key = read_key(PEM)

    assert key.sign(b"claim") == key.sign(b"claim")


def test_a_blinding_factor_that_has_no_inverse_is_not_used(monkeypatch):
    numbers = KEY.private_numbers()
    factors = iter([numbers.p - 2, 5])
    monkeypatch.setattr(secrets, "randbelow", lambda _limit: next(factors))
    signature = read_key(PEM).sign(b"claim")

    assert signature == KEY.sign(b"claim", padding.PKCS1v15(), hashes.SHA256())
    assert next(factors, None) is None


def test_text_around_the_key_and_windows_line_ends_do_no_harm():
    text = "Bag Attributes\n" + PEM.replace("\n", "\r\n") + "\n"

    assert read_key(text) == read_key(PEM)


def test_numbers_that_do_not_belong_together_sign_nothing():
    key = read_key(PEM)

    with pytest.raises(BadKey, match="do not belong together"):
        RsaKey(key.n, key.e, key.d + 2).sign(b"claim")


def test_the_key_is_not_shown():
    assert repr(read_key(PEM)) == "RsaKey()"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "does not stand between"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA", "does not stand between"),
        (pem(KEY, serialization.PrivateFormat.TraditionalOpenSSL), "does not stand between"),
        (wrapped(b"").replace("\n\n", "\n!!\n"), "not base64"),
        (wrapped(b""), "not built like"),
        (wrapped(b"\x30"), "not built like"),
        (wrapped(b"\x31\x00"), "not built like"),
        (wrapped(DER[:-1]), "is cut"),
        (wrapped(DER[:3]), "is cut"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "no RSA key"),
        (pem(rsa.generate_private_key(65537, 1024)), "less than 2048 bits"),  # noqa: S505 (it is refused)
    ],
)
def test_what_is_no_usable_key_is_refused_with_its_reason(text, why):
    with pytest.raises(BadKey, match=why):
        read_key(text)


@given(st.binary(max_size=60), st.integers(0, 300))
def test_any_bytes_raise_nothing_but_bad_key(noise, at):
    for data in (noise, DER[:at] + noise + DER[at + len(noise) :]):
        try:
            key = read_key(wrapped(data))
        except BadKey as error:
            key = str(error)

        assert key
