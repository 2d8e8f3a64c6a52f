import pytest

from proxy.codecs.responses.models import Chat, Reasons, base_model, family, row, within_reach
from tests.support.replies import target


@pytest.mark.parametrize(
    ("model", "reasons", "chat"),
    [
        ("gpt-4o-mini", Reasons.NEVER, Chat.ALL),
        ("gpt-3.5-turbo", Reasons.NEVER, Chat.ALL),
        ("chatgpt-4o-latest", Reasons.NEVER, Chat.ALL),
        ("gpt-5-chat-latest", Reasons.NEVER, Chat.ALL),
        ("gpt-5.3-chat-latest", Reasons.NEVER, Chat.ALL),
        ("o3", Reasons.UNLESS_TOLD, Chat.ALL),
        ("o4-mini-2025-04-16", Reasons.UNLESS_TOLD, Chat.ALL),
        ("o1-pro", Reasons.UNLESS_TOLD, Chat.NOTHING),
        ("o3-deep-research", Reasons.UNLESS_TOLD, Chat.NOTHING),
        ("o4-mini-deep-research", Reasons.UNLESS_TOLD, Chat.NOTHING),
        ("computer-use-preview", Reasons.UNLESS_TOLD, Chat.NOTHING),
        ("codex-mini-latest", Reasons.UNLESS_TOLD, Chat.NOTHING),
        ("gpt-5-codex", Reasons.UNLESS_TOLD, Chat.NOTHING),
        ("gpt-5.3-codex", Reasons.UNLESS_TOLD, Chat.NOTHING),
        ("gpt-5.4-pro", Reasons.UNLESS_TOLD, Chat.NOTHING),
        ("gpt-5", Reasons.UNLESS_TOLD, Chat.ALL),
        ("gpt-5-nano-2025-08-07", Reasons.UNLESS_TOLD, Chat.ALL),
        ("gpt-5.1", Reasons.ASKED, Chat.ALL),
        ("gpt-5.3", Reasons.ASKED, Chat.ALL),
        ("gpt-5.4", Reasons.ASKED, Chat.TOOLS_UNLESS_REASONING),
        ("gpt-5.4-mini-2026-03-05", Reasons.ASKED, Chat.TOOLS_UNLESS_REASONING),
        ("openai/gpt-5.6-sol", Reasons.ASKED, Chat.TOOLS_UNLESS_REASONING),
        ("openai.gpt-5.6-luna", Reasons.ASKED, Chat.TOOLS_UNLESS_REASONING),
        ("ft:gpt-5.4-mini:acme::x1", Reasons.ASKED, Chat.TOOLS_UNLESS_REASONING),
        ("gpt-6", Reasons.UNLESS_TOLD, Chat.TOOLS_AT_NONE),
        ("gpt-6-sol", Reasons.UNLESS_TOLD, Chat.TOOLS_AT_NONE),
        ("gpt-6-luna", Reasons.UNLESS_TOLD, Chat.TOOLS_AT_NONE),
        ("gpt-6-astra", Reasons.UNLESS_TOLD, Chat.NO_TOOLS),
        ("gpt-6.1-sol", Reasons.UNLESS_TOLD, Chat.NO_TOOLS),
        ("gpt-6.2-astra", Reasons.UNLESS_TOLD, Chat.NO_TOOLS),
        ("gpt-7", Reasons.UNLESS_TOLD, Chat.NO_TOOLS),
        ("gpt-10.1", Reasons.UNLESS_TOLD, Chat.NO_TOOLS),
        ("gpt-oss-120b", Reasons.UNKNOWN, Chat.ALL),
        ("grok-4.3", Reasons.UNLESS_TOLD, Chat.ALL),
        ("grok-4-1-fast-non-reasoning", Reasons.NEVER, Chat.ALL),
        ("my-deployment", Reasons.UNKNOWN, Chat.ALL),
    ],
)
def test_a_model_has_the_row_of_its_family(model, reasons, chat):
    assert (row(model).reasons, row(model).chat) == (reasons, chat)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gpt-5.4-2026-03-05", "gpt-5.4"),
        ("openai/GPT-5.6-sol", "gpt-5.6-sol"),
        ("codex-mini-latest", "codex-mini"),
        ("grok-4.3", "grok-4.3"),
    ],
)
def test_a_family_is_the_name_without_vendor_and_date(model, name):
    assert family(model) == name


def test_a_deployment_says_which_model_stands_behind_it():
    assert base_model(target("prod", options={"base_model": "gpt-5.4"})) == "gpt-5.4"
    assert base_model(target("gpt-4.1")) == "gpt-4.1"


@pytest.mark.parametrize(
    ("model", "max_", "xhigh"),
    [
        ("o3-mini", "high", "high"),
        ("gpt-5-2025-08-07", "high", "high"),
        ("openai/gpt-5-mini", "high", "high"),
        ("gpt-5.1", "high", "high"),
        ("gpt-5.1-codex-max", "xhigh", "xhigh"),
        ("gpt-5.4", "xhigh", "xhigh"),
        ("gpt-5.12", "xhigh", "xhigh"),
        ("gpt-6-sol", "max", "xhigh"),
        ("grok-4", "max", "xhigh"),
    ],
)
def test_an_effort_is_the_strongest_that_a_model_takes(model, max_, xhigh):
    assert [within_reach(each, model) for each in ("max", "xhigh")] == [max_, xhigh]
    assert [within_reach(each, model) for each in ("none", "low", "odd")] == ["none", "low", "odd"]
