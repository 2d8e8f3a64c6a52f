"""Runs a verb as a user would, in an empty folder without a key in the environment."""

import os

import pytest

from proxy.cli import main
from proxy.config.catalog import catalog


class Shell:
    def __init__(self, folder, monkeypatch, capsys):
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def set(self, name, value):
        self._monkeypatch.setenv(name, value)

    def write(self, text, name="firstbyte.yaml"):
        (self.folder / name).write_text(text)

    def run(self, *argv):
        """Status, standard output and standard error."""
        status = main(argv)
        said = self._capsys.readouterr()
        return status, said.out, said.err


def variables(vendor):
    """Every variable that a row of the catalogue looks at."""
    yield from (*vendor.env, *vendor.base_url_env, *vendor.host_env)
    for names in (*vendor.login_env, *vendor.option_env.values()):
        yield from names


@pytest.fixture
def shell(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    known = {name for vendor in catalog().vendors for name in variables(vendor)}
    for name in list(os.environ):
        if name in known or name.startswith("FIRSTBYTE_"):
            monkeypatch.delenv(name)
    return Shell(tmp_path, monkeypatch, capsys)
