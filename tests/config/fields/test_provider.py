"""The keys of a provider: all that limits and rates may say otherwise there, and what its protocol alone knows."""

from proxy.config.fields.limits import ATTEMPT, OVERRIDES, RATES
from proxy.config.fields.provider import PROVIDER_ENTRY
from proxy.config.protocols import FIELDS


def test_a_provider_may_say_otherwise_what_is_said_for_all():
    assert OVERRIDES.keys() | RATES.keys() | FIELDS.keys() <= PROVIDER_ENTRY.fields.keys()


def test_a_time_of_a_provider_bounds_one_attempt():
    assert PROVIDER_ENTRY.fields["total_timeout"] is ATTEMPT["total_timeout"]


def test_no_key_of_a_provider_is_required():
    assert not any(field.required for field in PROVIDER_ENTRY.fields.values())
