"""Addresses with places in them."""

import pytest

from proxy.config.addresses import filled, is_theirs, places

BEDROCK = "https://bedrock-runtime.{region}.{aws_domain}"
VERTEX = "https://{google_host}"


def test_what_an_address_must_be_told():
    assert places("https://api.example/v1") == ()
    assert places("https://{account}.example/{account}/{host}") == ("account", "host")
    assert places(BEDROCK) == ("region",)
    assert places(VERTEX) == ("location",)


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "bedrock-runtime.eu-west-1.amazonaws.com"),
        ("us-gov-west-1", "bedrock-runtime.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "bedrock-runtime.cn-north-1.amazonaws.com.cn"),
        ("eusc-de-east-1", "bedrock-runtime.eusc-de-east-1.amazonaws.eu"),
        ("us-isob-east-1", "bedrock-runtime.us-isob-east-1.sc2s.sgov.gov"),
        ("us-iso-east-1", "bedrock-runtime.us-iso-east-1.c2s.ic.gov"),
    ],
)
def test_a_region_is_in_the_domain_of_its_partition(region, host):
    assert filled(BEDROCK, {"region": region}) == f"https://{host}"


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("global", "aiplatform.googleapis.com"),
        ("eu", "aiplatform.eu.rep.googleapis.com"),
        ("us", "aiplatform.us.rep.googleapis.com"),
        ("europe-west4", "europe-west4-aiplatform.googleapis.com"),
    ],
)
def test_a_location_has_its_host(location, host):
    assert filled(VERTEX, {"location": location}) == f"https://{host}"


def test_an_address_with_an_open_place_is_none():
    assert filled("https://{account}.example", {}) == ""
    assert filled("https://{account}.example", {"account": "a", "more": "b"}) == "https://a.example"
    assert filled("https://{account}", {"account": "a b"}) == ""
    assert filled("https://api.example/v1", {}) == "https://api.example/v1"


@pytest.mark.parametrize(
    ("address", "own", "theirs"),
    [
        ("https://api.example/v1", "https://api.example/v1", True),
        ("https://eu.api.example/v1", "https://api.example/v1", True),
        ("https://notapi.example/v1", "https://api.example/v1", False),
        ("http://127.0.0.1:4000/v1", "https://api.example/v1", False),
        ("", "https://api.example/v1", False),
        ("https://mine.azure.example", "https://{resource}.azure.com", True),
        ("http://gpu.internal:8000/v1", "http://localhost:8000/v1", True),
    ],
)
def test_an_address_is_the_vendors_at_its_own_host_or_where_its_users_run_it(address, own, theirs):
    assert is_theirs(address, own) is theirs
