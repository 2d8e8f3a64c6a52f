import ssl

import pytest

from proxy.commands.origin import is_local, origin, trust


@pytest.mark.parametrize(
    ("host", "tls", "expected"),
    [
        ("127.0.0.1", False, "http://127.0.0.1:80"),
        ("localhost", False, "http://localhost:80"),
        ("0.0.0.0", True, "https://127.0.0.1:80"),
        ("::", False, "http://[::1]:80"),
        ("fd00::7", True, "https://[fd00::7]:80"),
    ],
)
def test_a_listener_is_reached_where_it_binds_and_an_open_one_on_this_machine(host, tls, expected):
    assert origin(host, 80, tls=tls) == expected


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("LocalHost", True),
        ("10.0.0.1", False),
        ("localhost.example", False),
    ],
)
def test_this_machine_is_known_by_its_names(host, local):
    assert is_local(host) is local


def test_beyond_this_machine_certificates_are_checked():
    assert trust("proxy.example").verify_mode is ssl.CERT_REQUIRED
    assert trust("proxy.example").check_hostname
    assert not trust("127.0.0.1").check_hostname
