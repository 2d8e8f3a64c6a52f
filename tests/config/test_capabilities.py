"""What is known of a target, and who is believed."""

from proxy.config.capabilities import over, read, resolve
from proxy.config.catalog import catalog
from proxy.config.problems import Place
from proxy.config.schema import Provider, TargetRef
from proxy.config.sections import Section
from proxy.core.shape import Capabilities
from tests.support.configs import loaded

PROVIDER = Provider(
    "p",
    "",
    "openai",
    "http://h",
    capabilities=Capabilities(tools=False),
    models={
        "m-": Capabilities(images=False, context=100),
        "m-large": Capabilities(images=True),
    },
)


def known(model, **said):
    return resolve(PROVIDER, TargetRef("p", model, capabilities=Capabilities(**said)))


def test_nearest_to_the_target_wins_each_capability_by_itself():
    assert known("x") == Capabilities(tools=False)
    assert known("m-small") == Capabilities(tools=False, images=False, context=100)
    assert known("m-small", tools=True) == Capabilities(tools=True, images=False, context=100)
    assert known("m-small", context=5).context == 5


def test_the_longest_beginning_of_a_name_counts():
    assert known("m-large-2") == Capabilities(tools=False, images=True)


def test_what_says_nothing_changes_nothing():
    base = Capabilities(tools=True)

    assert over(base, Capabilities()) is base


def test_a_record_is_read_as_it_is():
    section = Section("", Place("f"), {"images": False, "context": 9})

    assert read(section) == Capabilities(images=False, context=9)


def test_the_catalogue_knows_who_takes_no_tools_and_no_images():
    config = loaded(
        "models: {c: [perplexity/sonar-pro, deepseek/deepseek-chat, zai/glm-4.6v, mock/x]}",
        environ={"PERPLEXITY_API_KEY": "k", "DEEPSEEK_API_KEY": "k", "ZAI_API_KEY": "k"},
    )
    found = [
        resolve(config.providers.get(ref.provider, PROVIDER), ref)
        for ref in config.models["c"].cascade
    ]

    assert (found[0].tools, found[0].context) == (False, 200000)
    assert (found[1].images, found[1].tools) == (False, None)
    assert found[2].images is True


def test_no_row_says_more_of_a_vendor_than_of_nothing():
    assert catalog().find("openai").capabilities == Capabilities()
