"""The keys of the listener, of keys and of the log agree with the records that hold them."""

import dataclasses

from proxy.config.fields.server import AUTH, LOG, SERVER
from proxy.config.schema import Auth, Log, Server


def test_a_servers_settings_are_fields_of_the_record_and_the_other_way_round():
    known = {field.name for field in dataclasses.fields(Server)}

    # An address is one key and two fields.
    assert {name for name in known if not name.endswith(("host", "port"))} == {
        name for name in SERVER.fields if not name.endswith("listen")
    }


def test_what_is_said_of_keys_and_the_log_are_fields_of_their_records():
    assert AUTH.fields.keys() <= {field.name for field in dataclasses.fields(Auth)}
    assert LOG.fields.keys() == {field.name for field in dataclasses.fields(Log)}
