"""Clients of a running proxy, as fixtures: a module imports those that it calls with, and has a `house`."""

import httpx
import openai
import pytest

from tests.support.turns import HANGS


@pytest.fixture
def client(house):
    """OpenAI's."""
    with openai.OpenAI(base_url=house.base_url, api_key="unused", max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def http(house):
    """For whatever no SDK sends."""
    with httpx.Client(base_url=house.root, timeout=HANGS) as client:
        yield client
