"""The unit starts what it says, lets streams end, and has a place for what a store could not be told."""

from configparser import ConfigParser
from pathlib import Path

from proxy.cli import parser
from proxy.commands.verb import EX_CONFIG, EX_LINE
from proxy.config.schema import Server

UNIT = Path(__file__).parents[2] / "deploy/systemd/firstbyte.service"


def service():
    unit = ConfigParser(interpolation=None, delimiters=("=",))
    unit.optionxform = str
    unit.read(UNIT)
    return unit["Service"]


def test_the_command_is_one_of_ours():
    command, *line = service()["ExecStart"].split()
    arguments = parser().parse_args(line)

    assert command.endswith("/bin/firstbyte")
    assert (arguments.verb.name, arguments.config) == ("serve", "/etc/firstbyte/firstbyte.yaml")


def test_streams_have_their_time_before_they_are_killed():
    usual = Server()

    assert float(service()["TimeoutStopSec"]) == usual.drain_delay + usual.drain_timeout + 15


def test_what_does_not_mend_itself_is_not_tried_again():
    assert set(map(int, service()["RestartPreventExitStatus"].split())) == {EX_LINE, EX_CONFIG}


def test_there_are_descriptors_enough_for_a_few_workers():
    assert int(service()["LimitNOFILE"]) > 4 * (2 * Server().max_in_flight + 64)


def test_what_the_store_could_not_be_told_has_a_place_to_wait():
    assert service()["StateDirectory"] == "firstbyte"
    assert "store: sqlite:/var/lib/firstbyte/" in UNIT.read_text()


def test_it_may_do_no_more_than_it_must():
    unit = service()

    assert unit["DynamicUser"] == unit["NoNewPrivileges"] == "yes"
    assert unit["ProtectSystem"] == "strict"
    assert unit["CapabilityBoundingSet"] == ""
