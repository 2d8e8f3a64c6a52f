import pytest

from proxy.config.urls import fault, is_address, is_overheard


@pytest.mark.parametrize(
    "address", ["http://h", "https://h/v1", "http://[::1]:80/v1", "HTTP://h", "http://a.b:1/x/y"]
)
def test_addresses_of_providers(address):
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "h",
        "ftp://h",
        "http://",
        "http:///v1",
        "http://a@h",
        "http://h?x",
        "http://h/#x",
        "http://h:0",
        "http://h:99999",
        "http://[::1",
        "http://h h",
        "http://h/\n",
        "http://é",
    ],
)
def test_what_is_no_address(address):
    assert not is_address(address)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("http://u:p@h", "with credentials"),
        ("h:80/v1", "that does not begin with http:// or https://"),
        ("http://", "without a host"),
        ("http://:80", "without a host"),
        ("http://h:0", "whose port is no number from 1 to 65535"),
        ("HTTPS://[::1]:x", "whose port is no number from 1 to 65535"),
        ("http://h:99999999/v1", "whose port is no number from 1 to 65535"),
        ("http://h:²", "whose port is no number from 1 to 65535"),
        ("http://h/v1?a=b", "with a query"),
        ("http://h/v1#a", "with a fragment"),
        ("http://h/v 1", "whose host or path holds what no address does"),
        ("http://[::1", "whose host or path holds what no address does"),
        ("http://h\n", "whose host or path holds what no address does"),
    ],
)
def test_which_part_is_wrong_is_said(text, said):
    assert not is_address(text)
    assert fault(text) == said


@pytest.mark.parametrize(
    ("address", "is_so"),
    [
        ("http://api.vendor.example/v1", True),
        ("http://api.vendor.example.:80", True),
        ("http://8.8.8.8/v1", True),
        ("http://[2606:4700::1]/v1", True),
        ("https://api.vendor.example/v1", False),
        ("http://127.0.0.1:8000", False),
        ("http://[::1]:8000", False),
        ("http://10.1.2.3:8000", False),
        ("http://[fd00::1]", False),
        ("http://gpu:8000", False),
        ("http://vllm.models:8000", False),
        ("http://vllm.models.svc:8000", False),
        ("http://vllm.models.svc.cluster.local", False),
        ("http://a.gpu.internal/v1", False),
        ("http://vllm.service.consul/v1", False),
        ("http://gpu.lab.intranet", False),
        ("http://GPU.lab.Private.", False),
        ("http://gpu.lab.localdomain", False),
        ("http://gpu.tail1234.ts.net:8000/v1", False),
        ("http://gpu.consul.example/v1", True),
    ],
)
def test_keys_are_overheard_where_others_carry_them_unencrypted(address, is_so):
    assert is_overheard(address) is is_so
