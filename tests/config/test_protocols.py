"""The table of protocols agrees with itself and with what a provider entry takes."""

from proxy.config.fields.root import ROOT
from proxy.config.protocols import ACCOUNT, APART, FIELDS, KNOWN, TOGETHER, fits, speakers

ENTRY = ROOT.fields["providers"].kind.kind.fields


def test_every_key_of_a_protocol_is_a_key_of_an_entry_and_the_other_way_round():
    theirs = {name for known in KNOWN.values() for name in (*known.options, *known.login)}

    assert theirs | {ACCOUNT} == set(FIELDS)
    assert set(FIELDS) <= set(ENTRY)


def test_what_is_needed_is_an_option():
    assert all(set(known.needed) <= set(known.options) for known in KNOWN.values())


def test_rules_speak_of_keys_that_there_are():
    assert {name for pair in (*TOGETHER, *APART) for name in pair} <= set(ENTRY)


def test_every_key_has_its_protocol():
    assert speakers("region") == ("bedrock",)
    assert speakers("api_version") == ("azure",)
    assert [name for name in FIELDS if name != ACCOUNT and not speakers(name)] == []


def test_a_variables_value_must_have_the_form_of_its_option():
    assert fits("region", "eu-west-1")
    assert not fits("region", "eu west")
    assert not fits("region", "")
    assert fits("project", "example.com:p-1")
    assert not fits("account", "a:b")
