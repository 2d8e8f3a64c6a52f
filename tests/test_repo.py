"""The repository's frame says what is true: its commands, its locks, its image, its documents."""

import ast
import os
import re
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from proxy.config.load import load
from proxy.sim.script import BEHAVIOURS
from tests.support.codemap import code_map, shown

REPO = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((REPO / "pyproject.toml").read_text())
RUNTIME = [Requirement(each) for each in PYPROJECT["project"]["dependencies"]]
DEV = [Requirement(each) for each in PYPROJECT["dependency-groups"]["dev"]]
MAX_README_LINES = 150
MAX_DECISION_LINES = 60
MAX_RUNTIME_PACKAGES = 17
SECTIONS = ["Security", "Removed", "Deprecated", "Added", "Changed", "Fixed"]

# Written in pieces, so that this file does not name what it looks for.
HOSTS = re.compile(
    r"py" + r"pi\.org|python" + r"hosted\.|registry\.np" + r"mjs|crates\.i" + r"o|debian\.or" + "g"
    r"|proxy\.gola" + "ng|mav" + r"en\.org|index-ur" + "l=|extra-index-ur" + "l"
)
MACHINE = re.compile(r"(?<![\w.$}])/(?:wo" + r"rk/(?:main|shared)|ro" + r"ot/|tm" + r"p/v/)")


def text(path):
    return (REPO / path).read_text()


def tracked():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPO,
        capture_output=True,
        check=True,
    ).stdout
    names = [name for name in listed.decode().split("\0") if name]
    return [name for name in names if (REPO / name).is_file() or (REPO / name).is_symlink()]


def readable(name):
    """A file's text, or where a symbolic link points; None for bytes that are not text."""
    path = REPO / name
    try:
        return str(path.readlink()) if path.is_symlink() else path.read_text()
    except UnicodeDecodeError:
        return None


def pins(lock):
    """Each package of a lock file and its version."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", text(lock), re.MULTILINE))


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def documents():
    return sorted(REPO.glob("*.md")) + sorted((REPO / "docs").rglob("*.md"))


def targets():
    """Each documented target of the Makefile, with its sentence."""
    return dict(re.findall(r"^([a-z-]+):.*? ## (.+)$", text("Makefile"), re.MULTILINE))


# The README and its two commands.


def test_the_readme_is_short():
    assert len(text("README.md").splitlines()) <= MAX_README_LINES


def test_the_readme_names_the_two_commands():
    section = text("README.md").split("## Two commands")[1].split("\n## ")[0]

    assert re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE) == ["make demo", "make test"]


def test_every_make_command_in_the_documents_exists():
    named = {
        word
        for document in documents()
        for words in re.findall(r"`make ([a-z -]+)", document.read_text())
        for word in words.split()
    }

    assert named <= set(targets())


def test_make_alone_lists_what_there_is():
    shown = subprocess.run(["make", "-s"], cwd=REPO, capture_output=True, text=True, check=True)
    listed = dict(re.findall(r"^  make ([a-z-]+) +(.+)$", shown.stdout, re.MULTILINE))

    assert listed == targets()
    assert {"demo", "test", "check", "fmt", "lint", "types", "arch", "docs", "lock", "run"} <= set(
        listed
    )


def test_the_readmes_cascade_is_a_configuration(tmp_path):
    file = tmp_path / "firstbyte.yaml"
    file.write_text(re.search(r"```yaml\n(.*?)```", text("README.md"), re.DOTALL).group(1))
    config = load(str(file), environ={"OPENAI_API_KEY": "sk-1", "ANTHROPIC_API_KEY": "sk-2"})
    chat = config.models["chat"]

    assert [ref.provider for ref in chat.refs] == ["openai", "anthropic", "one", "two"]
    assert len(chat.cascade) == len(chat.refs) - 1, "the last two are equals of one step"
    assert chat.limits["hedge_after"] == 1.5
    assert config.models["careful"].limits["commit"] == "complete"
    assert config.warnings == ()


def test_the_readme_names_every_simulated_model():
    named = set(re.findall(r"`mock/([\w-]+)`", text("README.md")))

    assert named == set(BEHAVIOURS)


# CI.


def test_ci_runs_the_readmes_test_command_and_then_what_is_slow():
    lines = [line.strip() for line in text(".ci/run").splitlines() if line and line[0] != "#"]
    made = [line for line in lines if line.startswith("make ")]

    assert made == ["make test", "make clients", "make deploy-check", "make image"]
    assert "set -euo pipefail" in lines


@pytest.mark.parametrize("script", [".ci/run", ".ci/packages"])
def test_a_script_of_ci_is_executable_bash(script):
    mode = (REPO / script).stat().st_mode

    assert mode & stat.S_IXUSR
    assert subprocess.run(["bash", "-n", script], cwd=REPO, check=False).returncode == 0


def test_ci_stops_where_the_recorded_exchanges_are_missing(tmp_path):
    environ = os.environ | {"CI": "true", "FIRSTBYTE_CORPUS": str(tmp_path / "nowhere")}
    ran = subprocess.run(
        [REPO / ".ci/run"], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 1
    assert "nowhere" in ran.stderr
    assert "make test" not in ran.stdout


# The locks.


@pytest.mark.parametrize(
    ("lock", "requirements"),
    [("requirements.lock", RUNTIME), ("requirements-dev.lock", RUNTIME + DEV)],
)
def test_a_lock_pins_what_is_asked_for(lock, requirements):
    pinned = pins(lock)
    wrong = [
        f"{each}: {pinned.get(canonical(each.name))}"
        for each in requirements
        if not each.specifier.contains(pinned.get(canonical(each.name), "0"))
    ]

    assert wrong == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_names_every_file_by_hash_and_no_place(lock):
    entries = re.split(r"^(?=[a-z0-9])", text(lock), flags=re.MULTILINE)[1:]
    unhashed = [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]

    assert len(entries) == len(pins(lock))
    assert unhashed == []
    assert re.findall(r"://|^-|@ ", text(lock), re.MULTILINE) == []


def test_a_lock_serves_the_first_python_3_11_too():
    # redis asks for it below 3.11.3, which is not the Python that made the lock.
    assert "async-timeout" in pins("requirements.lock")


def test_development_runs_on_what_is_shipped():
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


def test_what_is_shipped_is_few_packages():
    assert len(pins("requirements.lock")) <= MAX_RUNTIME_PACKAGES


def test_every_dependency_has_its_reason():
    page = text("docs/decisions/0007-dependencies.md")
    table, prose = page.split("For development:")
    rows = set(re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE))
    words = set(re.findall(r"`([\w-]+)`", prose.split("\n## ")[0]))

    assert rows == {canonical(each.name) for each in RUNTIME}
    assert words == {canonical(each.name) for each in DEV}


# What may stand nowhere.


@pytest.mark.parametrize("pattern", [HOSTS, MACHINE], ids=["registry", "machine"])
def test_no_file_names_a_place_that_only_we_have(pattern):
    found = [
        f"{name}: {hit.group()}"
        for name in tracked()
        for hit in pattern.finditer(readable(name) or "")
    ]

    assert found == []


def test_the_places_are_recognised():
    assert HOSTS.search("https://py" + "pi.org/simple")
    assert HOSTS.search("--index-ur" + "l=https://example.test")
    assert MACHINE.search("see /wo" + "rk/main/proxy")
    assert not MACHINE.search("../shared/corpus and https://example.test/work/elsewhere")


# The image.


def dockerfile():
    """The Dockerfile's instructions, as (stage, instruction, rest); stages count from 0."""
    joined = re.sub(r"^\s*#.*\n", "", text("Dockerfile"), flags=re.MULTILINE).replace("\\\n", " ")
    stage, found = -1, []
    for line in filter(None, map(str.strip, joined.splitlines())):
        word, _, rest = line.partition(" ")
        stage += word == "FROM"
        found.append((stage, word, rest.strip()))
    return found


def shipped(word):
    last = max(stage for stage, _, _ in dockerfile())
    return [rest for stage, each, rest in dockerfile() if stage == last and each == word]


def test_the_image_runs_as_nobody_and_without_a_shell():
    assert shipped("USER") == ["65532:65532"]
    assert [ast.literal_eval(rest) for rest in shipped("ENTRYPOINT")] == [["firstbyte"]]
    assert [ast.literal_eval(rest) for rest in shipped("CMD")] == [["serve"]]
    assert all(rest.startswith("[") for rest in shipped("RUN"))
    assert all(" CMD [" in rest for rest in shipped("HEALTHCHECK"))


def test_the_image_writes_nothing_into_its_root():
    assert "PYTHONDONTWRITEBYTECODE=1" in " ".join(shipped("ENV"))
    assert shipped("VOLUME") == []


def test_the_image_takes_only_hashed_wheels():
    commands = [
        command
        for _, word, rest in dockerfile()
        if word == "RUN"
        for command in rest.split("&&")
        if re.search(r"pip .*\b(?:install|wheel)\b", command)
    ]
    open_doors = [
        command
        for command in commands
        if "--require-hashes --only-binary :all:" not in command
        and not ("--no-index" in command and "--no-deps" in command)
    ]

    assert len(commands) == 4
    assert open_doors == []


def test_the_image_is_built_from_what_is_named():
    let_in = {line[1:] for line in text(".dockerignore").splitlines() if line.startswith("!")}
    copied = {
        source
        for _, word, rest in dockerfile()
        if word == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    }

    assert text(".dockerignore").splitlines()[1] == "*"
    assert copied == let_in
    assert all((REPO / source).exists() for source in copied)


# The documents.


def test_links_between_documents_lead_somewhere():
    dead = [
        f"{document.relative_to(REPO)}: {link}"
        for document in documents()
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text())
        if "://" not in link and not (document.parent / link).exists()
    ]

    assert dead == []


def test_the_code_map_shows_the_tree():
    missing = set(code_map().splitlines()) ^ set(shown().splitlines())

    assert shown() == code_map(), "`make map` writes it anew:\n" + "\n".join(sorted(missing))


def test_every_file_on_the_code_map_says_what_it_is_for():
    silent = [line for line in code_map().splitlines() if len(line.split(maxsplit=1)) < 2]

    assert silent == []


def test_the_words_of_the_code_lead_to_files_that_are_there():
    words = text("docs/architecture.md").partition("## The words of the code")[2]
    rows = re.findall(r"^\|.*\|$", words.partition("\n## ")[0], re.MULTILINE)[2:]
    files = [file for row in rows for file in re.findall(r"`([\w/]+\.py)`", row)]

    assert len(files) >= len(rows) > 0
    assert [file for file in files if not (REPO / "proxy" / file).exists()] == []


def test_decisions_are_numbered_and_complete():
    pages = sorted((REPO / "docs/decisions").glob("*.md"))
    parts = [
        "Context",
        "Decision",
        "Rejected",
        "Consequences",
        "How we would know this was wrong",
    ]

    assert [page.name[:5] for page in pages] == [f"{n:04}-" for n in range(1, len(pages) + 1)]
    for page in pages:
        lines = page.read_text().splitlines()

        assert re.fullmatch(rf"# {int(page.name[:4])}\. .+", lines[0]), page.name
        assert [line[3:] for line in lines if line.startswith("## ")] == parts, page.name
        assert len(lines) <= MAX_DECISION_LINES, page.name


def test_the_changelog_keeps_its_form():
    lines = text("CHANGELOG.md").splitlines()
    versions = [line for line in lines if line.startswith("## ")]
    releases = [
        re.fullmatch(r"## \[(\d+)\.(\d+)\.(\d+)\] - \d{4}-\d\d-\d\d", v) for v in versions[1:]
    ]

    assert versions[0] == "## [Unreleased]"
    assert all(releases)
    numbers = [tuple(map(int, release.groups())) for release in releases]
    assert numbers == sorted(numbers, reverse=True)
    for part in text("CHANGELOG.md").split("\n## ")[1:]:
        headings = re.findall(r"^### (.+)$", part, re.MULTILINE)

        assert headings == [each for each in SECTIONS if each in headings]
        assert not re.search(r"^(?:- |  ).*\n\n- ", part, re.MULTILINE), "a list with a gap in it"
