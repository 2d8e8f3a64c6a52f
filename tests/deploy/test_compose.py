"""The compose file starts what it says, in reach of this machine alone."""

import re
from pathlib import Path

import pytest
import yaml

from proxy.config.load import load

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
MOUNTED = "/run/secrets/"


def seconds(text):
    return float(text.removesuffix("s"))


@pytest.fixture
def config(tmp_path):
    text = (DEPLOY / "compose/firstbyte.yaml").read_text()
    for name in set(re.findall(re.escape(MOUNTED) + r"(\w+)", text)):
        assert name in SERVICES["firstbyte"]["secrets"]
        (tmp_path / name).write_text(f"fb-{name}")
    (tmp_path / "firstbyte.yaml").write_text(text.replace(MOUNTED, f"{tmp_path}/"))
    return load(str(tmp_path / "firstbyte.yaml"), environ={})


def test_there_are_the_proxy_its_store_and_who_watches():
    assert list(SERVICES) == ["firstbyte", "redis", "prometheus", "grafana"]


def test_it_answers_without_a_key_of_any_provider(config):
    chat = config.models["chat"]

    assert [ref.provider for ref in chat.refs][-1] == "mock"
    assert config.auth.required
    assert config.store.reveal() == "redis://redis:6379/0"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_confined(name):
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert not service["image"].endswith(":latest")


def test_nothing_is_published_beyond_this_machine():
    published = [port for each in SERVICES.values() for port in each.get("ports", ())]

    assert len(published) == 3
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_file_that_is_mounted_is_there():
    mounts = [
        mount.split(":")[0]
        for each in SERVICES.values()
        for mount in each["volumes"]
        if mount.startswith(".")
    ]
    named = {m.split(":")[0] for s in SERVICES.values() for m in s["volumes"]} - set(mounts)

    assert all((DEPLOY / each).exists() for each in mounts)
    assert named == set(COMPOSE["volumes"])
    assert SERVICES["firstbyte"]["build"]["context"] == ".."


def test_what_the_store_could_not_be_told_has_a_place_to_wait():
    image = (DEPLOY.parent / "Dockerfile").read_text()
    (state,) = re.findall(r"STATE_DIRECTORY=(\S+)", image)

    assert f"firstbyte:{state}" in SERVICES["firstbyte"]["volumes"], "it may be written to"
    # A volume that is new takes over from the image whose it is.
    assert f'"-o", "65532", "-g", "65532", "-m", "0700", "{state}"]' in image


def test_a_secret_is_a_file_that_is_never_committed():
    ignored = (DEPLOY.parent / ".gitignore").read_text().splitlines()

    assert "deploy/compose/secrets/" in ignored
    assert all(
        each["file"].startswith("./compose/secrets/") for each in COMPOSE["secrets"].values()
    )
    assert all(
        name in (DEPLOY / "compose.yaml").read_text().split("services:")[0]
        for name in COMPOSE["secrets"]
    )


def test_it_stops_when_its_streams_have_had_their_time(config):
    server = config.server

    assert seconds(SERVICES["firstbyte"]["stop_grace_period"]) == (
        server.drain_delay + server.drain_timeout + 15
    )


def test_prometheus_scrapes_where_operators_are_answered(config):
    scraped = yaml.safe_load((DEPLOY / "compose/prometheus.yaml").read_text())["scrape_configs"]
    published = [port.rsplit(":", 1)[1] for port in SERVICES["firstbyte"]["ports"]]

    assert [each["job_name"] for each in scraped] == ["firstbyte"]
    assert scraped[0]["static_configs"] == [{"targets": [f"firstbyte:{config.server.ops_port}"]}]
    assert published == [str(config.server.port), str(config.server.ops_port)]
