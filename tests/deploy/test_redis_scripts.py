"""Which server of the three is the master, as the pods of the redis-ha overlay find out."""

import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "deploy/kustomize/overlays/redis-ha"
PEERS = "redis-0.redis redis-1.redis redis-2.redis"


class Pod:
    """A pod's folders, and sentinels that say what a test lets them say."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "bin").mkdir()
        (folder / "data").mkdir()
        (folder / "said").mkdir()
        (folder / "password").write_text("canary")
        self.tool("redis-cli", 'cat "$SAID/$2" 2>/dev/null\n')
        self.tool("redis-server", 'cat "$1"\n')

    def tool(self, name, text):
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{text}")
        path.chmod(0o755)

    def sentinel(self, peer, says):
        (self.folder / "said" / peer).write_text(f"{says}\n6379\n")

    def start(self, script, self_="redis-1.redis"):
        environ = {
            "PATH": f"{self.folder}/bin:/usr/bin:/bin",
            "SELF": self_,
            "PEERS": PEERS,
            "DATA": f"{self.folder}/data",
            "PASSWORD": f"{self.folder}/password",
            "RUN": str(self.folder),
            "SAID": f"{self.folder}/said",
        }
        command = ["sh", str(SCRIPTS / script)]
        ran = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
        return ran.stdout.splitlines()


@pytest.fixture
def pod(tmp_path):
    return Pod(tmp_path)


def test_at_the_very_first_start_the_first_is_master(pod):
    assert "replicaof redis-0.redis 6379" in pod.start("redis.sh")
    assert "replicaof" not in " ".join(pod.start("redis.sh", "redis-0.redis"))


def test_what_most_sentinels_say_counts(pod):
    pod.sentinel("redis-0.redis", "redis-0.redis")
    pod.sentinel("redis-1.redis", "redis-2.redis")
    pod.sentinel("redis-2.redis", "redis-2.redis")

    assert "replicaof redis-2.redis 6379" in pod.start("redis.sh", "redis-0.redis")


def test_the_master_comes_back_as_the_master_while_the_sentinels_say_so(pod):
    pod.sentinel("redis-2.redis", "redis-1.redis")

    assert "replicaof" not in " ".join(pod.start("redis.sh"))


def test_after_a_stop_of_all_the_last_master_is_master(pod):
    (pod.folder / "data/sentinel.conf").write_text(
        "port 26379\nsentinel monitor firstbyte redis-2.redis 6379 2\n"
    )

    assert "replicaof redis-2.redis 6379" in pod.start("redis.sh", "redis-0.redis")


def test_a_sentinel_keeps_what_it_has_learned(pod):
    learned = "sentinel monitor firstbyte redis-2.redis 6379 2"
    (pod.folder / "data/sentinel.conf").write_text(f"{learned}\n")

    assert pod.start("sentinel.sh") == [learned]


def test_a_new_sentinel_watches_whoever_is_master(pod):
    pod.sentinel("redis-0.redis", "redis-2.redis")
    lines = pod.start("sentinel.sh")

    assert "sentinel monitor firstbyte redis-2.redis 6379 2" in lines
    assert "sentinel announce-ip redis-1.redis" in lines


@pytest.mark.parametrize("script", ["redis.sh", "sentinel.sh"])
def test_nobody_comes_in_without_the_password(pod, script):
    assert "requirepass canary" in pod.start(script)


def test_writes_are_kept_and_not_taken_by_a_master_alone(pod):
    lines = pod.start("redis.sh", "redis-0.redis")

    assert {"appendonly yes", "min-replicas-to-write 1", "maxmemory-policy noeviction"} <= set(
        lines
    )
