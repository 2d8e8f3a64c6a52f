"""What is shipped: under which licences, not below which versions, and nothing that the tree does not show.

`make audit` runs this. Whether somebody has published an advisory against a version is asked of a database on the
network, which no test does.
"""

import json
import re
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.version import Version

REPO = Path(__file__).parents[2]
PINS = dict(
    re.findall(r"^([a-z0-9-]+)==([^ ]+)", (REPO / "requirements.lock").read_text(), re.MULTILINE)
)
LICENCES = {
    "MIT",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "Apache-2.0",
    "MPL-2.0",
    "PSF-2.0",
}
FLOORS = {
    # Below: a Host header that changes the path which routes and rights hang on.
    "starlette": "1.0.1",
    # Below: chunked bodies that two parsers read in two ways.
    "h11": "0.16.0",
    # Below: streams that are cut at SIGTERM.
    "uvicorn": "0.54",
    # The parser that our guard was measured with.
    "httptools": "0.9",
    # Below: a bundle with authorities that are distrusted.
    "certifi": "2024.7.4",
}
HERE_ONLY = {"async-timeout"}
"""In the lock for a Python that need not be the one that runs this."""


@pytest.fixture(scope="module")
def bill():
    made = subprocess.run(
        [sys.executable, "bench/make_sbom.py"], cwd=REPO, capture_output=True, check=True
    )
    return json.loads(made.stdout)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    # From a copy, so that what setuptools leaves behind is not left in the checkout.
    source = tmp_path_factory.mktemp("source")
    named = ["pyproject.toml", "README.md", "LICENSE", "proxy"]
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *named],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in filter(None, tracked):
        if (REPO / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((REPO / name).read_bytes())
    folder = tmp_path_factory.mktemp("wheel")
    alone = ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", *alone, "-w", str(folder), str(source)],
        capture_output=True,
        check=True,
    )
    (built,) = folder.glob("*.whl")
    return source, zipfile.ZipFile(built)


@pytest.mark.parametrize("name", FLOORS)
def test_no_version_is_below_its_floor(name):
    assert Version(PINS[name]) >= Version(FLOORS[name])


def test_what_is_shipped_is_under_licences_that_we_know(bill):
    said = {each["name"]: each.get("licenses") for each in bill["components"]}
    unknown = {
        name: licences
        for name, licences in said.items()
        if not licences or not set(re.split(r" (?:AND|OR) ", licences[0]["expression"])) <= LICENCES
    }

    assert {name: each for name, each in unknown.items() if each or name not in HERE_ONLY} == {}


def test_the_bill_of_materials_is_the_lock(bill):
    lock = (REPO / "requirements.lock").read_text()
    hashes = {p["value"] for each in bill["components"] for p in each["properties"]}

    assert {each["name"]: each["version"] for each in bill["components"]} == PINS
    assert hashes == set(re.findall(r"sha256:([0-9a-f]{64})", lock))


def test_the_bill_of_materials_hangs_together(bill):
    known = {each["bom-ref"] for each in bill["components"]} | {"firstbyte"}
    edges = {each["ref"]: set(each["dependsOn"]) for each in bill["dependencies"]}
    reached, waiting = set(), ["firstbyte"]
    while waiting:
        ref = waiting.pop()
        reached.add(ref)
        waiting += edges[ref] - reached

    assert set(edges) == known
    # Nobody asks for it on the Python that runs this.
    assert {ref.split("@")[0] for ref in known - reached} <= HERE_ONLY


def test_the_same_lock_gives_the_same_bill(bill):
    again = subprocess.run(
        [sys.executable, "bench/make_sbom.py"], cwd=REPO, capture_output=True, check=True
    )

    assert json.loads(again.stdout) == bill


def test_the_wheel_holds_the_tree_and_nothing_else(wheel):
    source, archive = wheel
    files = {name for name in archive.namelist() if ".dist-info/" not in name}
    tree = {
        path.relative_to(source).as_posix()
        for path in (source / "proxy").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert files == tree
    assert all(archive.read(name) == (source / name).read_bytes() for name in files)


def test_the_wheel_runs_nothing_by_being_there(wheel):
    _, archive = wheel
    names = archive.namelist()

    assert [name for name in names if name.endswith((".pth", ".so", ".pyd"))] == []
    assert [name for name in names if "/entry_points.txt" in name] != []
    assert ".data/" not in "".join(names)


def test_no_library_that_is_shipped_runs_by_being_there():
    runs = [
        f"{name}: {file}"
        for name in PINS
        if name not in HERE_ONLY
        for file in metadata.files(name) or ()
        if str(file).endswith(".pth")
    ]

    assert runs == []
