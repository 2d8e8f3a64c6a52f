from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from proxy.commands.outside import certificate, outside, store
from tests.support.commands import shell as shell


@pytest.fixture
def pem(tmp_path):
    """A certificate and its key, as paths."""
    made = trustme.CA().issue_cert("localhost")
    made.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    made.private_key_pem.write_to_path(tmp_path / "key.pem")
    return str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")


@pytest.mark.parametrize("address", ["memory:", "sqlite:a.db", "redis://h:1/2"])
def test_an_address_of_a_store_is_right(address):
    assert store(address) == ""


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            "redis://:PW@h:notaport/0",
            "expected host or host:port after the scheme, the port a number",
        ),
        ("redis://:PW@h:6379/abc", "expected nothing or a database's number after the host"),
        ("redis://:PW@h:0", "expected a port from 1 to 65535 after the host"),
        ("rediss+x://:PW@h", "expected redis://, rediss://, redis+sentinel:// or redis+cluster://"),
        ("redis+sentinel://:PW@h", "expected the service after the hosts"),
        ("sqlite:///PW", "expected a path after `sqlite:`"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_without_its_password(address, said):
    assert store(address).startswith(said)
    assert "PW" not in store(address)


def test_a_certificate_with_its_key_is_right(pem):
    assert certificate(*pem) == ("", "")


@pytest.mark.parametrize("path", ["nowhere.pem", "\0"])
def test_which_file_cannot_be_read_is_said(pem, path):
    assert certificate(path, pem[1])[0] == "cert"
    assert certificate(pem[0], path)[0] == "key"
    assert certificate(path, path)[1].startswith("the file cannot be read: no")


def test_files_that_do_not_belong_together_are_told(pem):
    which, why = certificate(pem[0], pem[0])

    assert which == "cert"
    assert why.startswith("the certificate and its key cannot be used: ")


def test_a_key_with_a_passphrase_is_left_to_who_knows_it(pem, tmp_path):
    key = serialization.load_pem_private_key(Path(pem[1]).read_bytes(), None)
    locked = tmp_path / "locked.pem"
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"open"),
        )
    )

    assert certificate(pem[0], str(locked)) == ("", "")


def test_only_who_listens_needs_the_certificate():
    assert outside(listens=False, again=False).certificate is None
    assert outside(listens=True, again=False).certificate is certificate


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "store: redis://:PW@h:notaport/0",
            "firstbyte.yaml:1:8: store: expected host or host:port",
        ),
        (
            "server: {tls: {cert: c, key: k}}",
            "firstbyte.yaml:1:22: server.tls.cert: the file cannot",
        ),
        (
            "models: {chat: [mock/nope]}",
            "firstbyte.yaml:1:17: models.chat[0]: 'nope' is no simulated",
        ),
    ],
)
def test_check_says_what_serve_refuses(shell, text, said):
    shell.write(text)
    found = [shell.run("check"), shell.run("serve", "--listen", "127.0.0.1:0")]

    assert [status for status, _, _ in found] == [78, 78]
    assert found[0][2] == found[1][2]
    assert found[0][2].startswith(said)
    assert "PW" not in found[0][2]


def test_who_lists_models_needs_no_certificate(shell):
    shell.write("server: {tls: {cert: c, key: k}}\nmodels: {chat: [mock/echo]}\n")

    assert shell.run("models")[0] == 0
