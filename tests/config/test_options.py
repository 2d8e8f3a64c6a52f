"""What a protocol is told of a provider, and the credential that is more than a key."""

from proxy.config.catalog import catalog
from proxy.config.options import missing, options, scheme
from proxy.core.credential import AwsAuth, GoogleAuth
from proxy.core.secret import Secret

BEDROCK = catalog().find("bedrock")
VERTEX = catalog().find("vertex")


def test_what_is_written_wins_over_variables_in_their_order():
    environ = {"AWS_REGION": " eu-west-1 ", "AWS_DEFAULT_REGION": "us-east-1"}

    assert options(BEDROCK, "bedrock", {"region": "x"}, environ) == {"region": "x"}
    assert options(BEDROCK, "bedrock", {}, environ) == {"region": "eu-west-1"}
    environ["AWS_REGION"] = "no region"
    assert options(BEDROCK, "bedrock", {}, environ) == {"region": "us-east-1"}


def test_a_row_has_its_default():
    assert options(VERTEX, "vertex", {}, {}) == {"location": "global"}


def test_what_an_address_names_is_told_too():
    cloudflare = catalog().find("cloudflare")

    assert options(cloudflare, "openai", {"account": "a"}, {}) == {"account": "a"}
    assert options(None, "openai", {"account": "a"}, {}) == {}


def test_without_a_row_only_what_is_written_is_known():
    assert options(None, "bedrock", {"region": "r"}, {"AWS_REGION": "x"}) == {"region": "r"}
    assert options(None, "bedrock", {}, {"AWS_REGION": "x"}) == {}


def test_what_a_protocol_cannot_do_without():
    assert missing("bedrock", {}) == "region"
    assert missing("vertex", {"location": "global"}) == "project"
    assert missing("vertex", {"location": "global", "project": "p"}) == ""
    assert missing("azure", {}) == ""


def test_a_login_is_what_was_written_or_is_looked_for():
    secret = Secret("s" * 20)

    assert scheme("bedrock", {}, {"region": "r"}, {}) == AwsAuth("r")
    assert scheme("bedrock", {"profile": "p"}, {"region": "r"}, {}) == AwsAuth("r", profile="p")
    assert scheme("vertex", {"access_token": secret}, {}, {}) == GoogleAuth(secret)
    assert scheme("vertex", {}, {}, {}) == GoogleAuth()
    assert scheme("openai", {}, {}, {}) is None


def test_a_key_file_from_the_environment_counts_where_nothing_was_written():
    environ = {"GOOGLE_APPLICATION_CREDENTIALS": "/k.json"}

    assert scheme("vertex", {}, {}, environ) == GoogleAuth(service_account_file="/k.json")
    written = {"access_token": Secret("t")}
    assert scheme("vertex", written, {}, environ) == GoogleAuth(Secret("t"))
