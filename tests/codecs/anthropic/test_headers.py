import pytest

from proxy.core.secret import Secret
from tests.support.claude import HI, OPUS_4_8, OPUS_5_5, call

BODY = {"messages": HI}


def lines(body=BODY, model=OPUS_5_5, **named):
    return dict(call(body, model, **named).headers)


def test_an_api_key_has_its_own_header():
    assert lines(api_key=Secret("sk-ant-api03-abc")) == {
        "x-api-key": "sk-ant-api03-abc",
        "anthropic-version": "2026-10-21",
        "content-type": "application/json",
    }


def test_a_token_of_oauth_is_a_bearer():
    found = lines(api_key=Secret("sk-ant-oat01-abc"), forward=(("anthropic-beta", "x-2026-01-01"),))

    assert found["authorization"] == "Bearer sk-ant-oat01-abc"
    assert found["anthropic-beta"] == "x-2026-01-01,oauth-2025-04-20"
    assert "x-api-key" not in found


@pytest.mark.parametrize("key", [None, Secret("")])
def test_no_key_is_no_header(key):
    assert not {"x-api-key", "authorization"} & lines(api_key=key).keys()


@pytest.mark.parametrize(
    ("body", "model", "version"),
    [
        ({}, "claude-sonnet-4-5", "2026-10-21"),
        ({"temperature": 0}, "claude-sonnet-4-5", "2023-06-01"),
        ({"top_p": 0.9}, "claude-sonnet-4-5", "2023-06-01"),
        ({"top_k": 4}, "claude-sonnet-4-5", "2023-06-01"),
        ({"temperature": 0}, OPUS_4_8, "2026-10-21"),
        ({"temperature": 0, "reasoning_effort": "low"}, "claude-sonnet-4-5", "2026-10-21"),
    ],
)
def test_the_version_is_the_newest_unless_the_request_samples(body, model, version):
    assert lines({**BODY, **body}, model)["anthropic-version"] == version


def test_the_targets_own_headers_replace_ours():
    found = lines(headers=(("x-team", "blue"), ("anthropic-version", "2023-06-01")))

    assert found["x-team"] == "blue"
    assert found["anthropic-version"] == "2023-06-01"


def test_the_callers_headers_only_fill_in():
    found = lines(
        headers=(("x-team", "blue"),),
        forward=(
            ("x-team", "red"),
            ("traceparent", "00-1"),
            ("x-api-key", "mine"),
            ("authorization", "Bearer mine"),
            ("api-key", "mine"),
        ),
    )

    assert found["x-team"] == "blue"
    assert found["traceparent"] == "00-1"
    assert "mine" not in str(found)


def test_betas_of_all_are_one_header():
    body = {**BODY, "mcp_servers": [], "context_management": {}, "betas": ["skills-2025-10-02", 7]}
    found = lines(
        body,
        headers=(("anthropic-beta", "a-2026-01-01"),),
        forward=(
            ("anthropic-beta", "b-2026-01-01, a-2026-01-01,"),
            ("anthropic-beta", "mcp-client-2025-04-04"),
        ),
    )

    assert found["anthropic-beta"].split(",") == [
        "a-2026-01-01",
        "b-2026-01-01",
        "mcp-client-2025-04-04",
        "skills-2025-10-02",
        "context-management-2025-06-27",
    ]
