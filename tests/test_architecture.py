"""The house is built as docs/architecture.md says: floors, doors, no cycles, small files, each with its test.

The rules are functions over {path: source}, so that each is shown to catch what it is for before the real tree is
held to it. Nothing here may be waived for one file: a rule that does not fit is changed for all, with a decision.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pytest

REPO = Path(__file__).parents[1]

FLOORS = {
    "core": 0,
    "wire": 1,
    "codecs": 2,
    "surfaces": 2,
    "config": 3,
    "store": 3,
    "route": 4,
    "gate": 4,
    "upstream": 4,
    "watch": 4,
    "engine": 5,
    "sim": 6,
    "web": 7,
    "app": 8,
    "command": 9,
}
COMMAND = {"cli", "commands", "__main__"}
"""The command is one unit in three places."""

JSON_DOOR = {"proxy/core/jsons.py"}
DOORS = {
    "httpx": {"upstream", "app"},
    "httpcore": set(),
    "redis": {"store"},
    "sqlite3": {"store"},
    "starlette": {"web", "sim", "app", "command"},
    "uvicorn": {"web", "sim", "app", "command"},
    "yaml": {"config"},
    "prometheus_client": {"watch"},
    "opentelemetry": {"watch"},
    "json": JSON_DOOR,
    "msgspec": JSON_DOOR | {"proxy/core/record.py", "proxy/core/packing.py"},
    "orjson": JSON_DOOR,
}
"""Who may import what: units of the house, or single files."""

DISTRIBUTIONS = {
    "yaml": "pyyaml",
    "prometheus_client": "prometheus-client",
    "opentelemetry": "opentelemetry-sdk",
}
"""Where a library's name to import is not its name to install."""

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
NAMELESS = {"util", "utils", "helper", "helpers", "common", "manager", "misc"}
UNFINISHED = re.compile(
    "|".join([r"\bTO" + r"DO\b", r"\bFIX" + r"ME\b", "NotImplemented" + "Error"])
)
PLACE = re.compile(r"(proxy(?:\.\w+)+):(\w+)")
BANNED = "Base" + "HTTPMiddleware"
WAITING = re.compile(
    r"pytest\.(?:mark\.)?" + "(?:ski" + "p|xfa" + "il|importorski" + r"p)|\btime\.sle" + r"ep\("
)


def read(folder):
    files = sorted((REPO / folder).rglob("*.py"))
    return {file.relative_to(REPO).as_posix(): file.read_text() for file in files}


PROXY = read("proxy")
TESTS = read("tests")


class Import(NamedTuple):
    path: str
    line: int
    module: str
    name: str | None
    """What `from module import name` takes; None for `import module`."""


def imports(sources) -> Iterator[Import]:
    for path, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                yield from (Import(path, node.lineno, each.name, None) for each in node.names)
            elif isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                yield from (Import(path, node.lineno, module, each.name) for each in node.names)
            elif isinstance(node, ast.Constant) and (named := PLACE.fullmatch(str(node.value))):
                # What `imported` loads when it is first asked for is an import all the same.
                yield Import(path, node.lineno, *named.groups())


def unit(parts):
    """The unit of the house that a path or module below `proxy` belongs to; None for the package itself."""
    first = parts[0].removesuffix(".py") if parts else "__init__"
    if first == "__init__":
        return None
    return "command" if first in COMMAND else first


def unit_of_path(path):
    return unit(PurePosixPath(path).parts[1:])


def unit_of_import(found):
    """The unit that an import of ours reaches; None for `from proxy import __version__`."""
    parts = [*found.module.split(".")[1:], *([found.name] if found.name else [])]
    reached = unit(parts)
    return reached if reached in FLOORS else None


def ours(found):
    return found.module.split(".")[0] == "proxy"


def floor_breaks(sources):
    broken = []
    for found in imports(sources):
        where = f"{found.path}:{found.line}"
        if found.module.startswith("."):
            broken.append(f"{where}: relative import")
        if not ours(found):
            continue
        here, there = unit_of_path(found.path), unit_of_import(found)
        if there is None or here == there:
            continue
        if here is None or FLOORS[there] >= FLOORS[here]:
            broken.append(f"{where}: {here or 'proxy'} may not know {there}")
    return broken


def door_breaks(sources):
    broken = []
    for found in imports(sources):
        door = DOORS.get(found.module.split(".")[0])
        if door is not None and not {found.path, unit_of_path(found.path)} & door:
            broken.append(f"{found.path}:{found.line}: {found.module} is not for this file")
    return broken


def module_of(path):
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def graph(sources):
    modules = {module_of(path) for path in sources}
    edges = {module: set() for module in modules}
    for found in imports(sources):
        inner = f"{found.module}.{found.name}"
        reached = inner if inner in modules else found.module
        if reached in modules:
            edges[module_of(found.path)].add(reached)
    return edges


def cycle(edges):
    """One cycle of imports, as the modules along it; empty where there is none."""
    done = set()

    def visit(module, trail):
        if module in trail:
            return [*trail[trail.index(module) :], module]
        if module in done:
            return []
        for other in sorted(edges[module]):
            if found := visit(other, [*trail, module]):
                return found
        done.add(module)
        return []

    return next((found for module in sorted(edges) if (found := visit(module, []))), [])


def long_files(sources):
    counts = {path: len(source.splitlines()) for path, source in sources.items()}
    return [f"{path}: {lines} lines" for path, lines in counts.items() if lines > MAX_FILE_LINES]


def long_functions(sources):
    return [
        f"{path}:{node.lineno}: {node.name}, {lines} lines"
        for path, source in sources.items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := node.end_lineno - node.lineno + 1) > MAX_FUNCTION_LINES
    ]


def untested(sources, tests):
    missing = []
    for path in map(PurePosixPath, sources):
        mirror = PurePosixPath("tests", *path.parent.parts[1:], f"test_{path.name}")
        if path.name not in {"__init__.py", "__main__.py"} and str(mirror) not in tests:
            missing.append(f"{path}: no {mirror}")
    return missing


def nameless(paths):
    return [
        path
        for path in paths
        if NAMELESS
        & {word for part in Path(path).with_suffix("").parts for word in part.split("_")}
    ]


def matches(sources, pattern):
    return [
        f"{path}:{number}: {found.group()}"
        for path, source in sources.items()
        for number, line in enumerate(source.splitlines(), 1)
        for found in re.finditer(pattern, line)
    ]


def test_every_folder_has_its_floor():
    units = {unit_of_path(path) for path in PROXY} - {None}

    assert units <= set(FLOORS)


def test_imports_go_down():
    broken = floor_breaks(PROXY)

    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("proxy/core/clock.py", "from proxy.wire.sse import SseDecoder"),
        ("proxy/codecs/openai.py", "from proxy.surfaces import chat"),
        ("proxy/route/plan.py", "import proxy.upstream.client"),
        ("proxy/engine/cascade.py", "from proxy import web"),
        ("proxy/app.py", "def late():\n    from proxy.commands import serve"),
        ("proxy/__init__.py", "from proxy.core import clock"),
        ("proxy/core/clock.py", "PLACE = 'proxy.wire.sse:SseDecoder'"),
        ("proxy/web/server.py", "from . import guard"),
    ],
)
def test_an_import_that_climbs_is_caught(path, line):
    assert len(floor_breaks({path: line})) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("proxy/engine/cascade.py", "from proxy.engine.attempt import Attempt"),
        ("proxy/web/server.py", "from proxy import __version__"),
        ("proxy/cli.py", "from proxy.commands import serve"),
        ("proxy/cli.py", "PLACE = 'proxy.commands.serve:VERB'"),
        ("proxy/__main__.py", "from proxy.cli import main"),
        ("proxy/app.py", "from proxy.core import clock"),
    ],
)
def test_an_import_that_stays_or_goes_down_passes(path, line):
    assert floor_breaks({path: line}) == []


def test_third_parties_come_in_by_their_own_door():
    broken = door_breaks(PROXY)

    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("proxy/engine/attempt.py", "import httpx"),
        ("proxy/upstream/client.py", "from httpcore import AsyncConnectionPool"),
        ("proxy/core/shape.py", "import msgspec.json"),
        ("proxy/web/ops.py", "from prometheus_client import exposition"),
        ("proxy/watch/log.py", "import json"),
    ],
)
def test_a_third_party_elsewhere_is_caught(path, line):
    assert len(door_breaks({path: line})) == 1


def test_only_declared_libraries_are_imported():
    project = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
    extras = (each for extra in project["optional-dependencies"].values() for each in extra)
    declared = {re.split(r"[^\w-]", each)[0] for each in (*project["dependencies"], *extras)}
    roots = {found.module.split(".")[0] for found in imports(PROXY) if not ours(found)}
    foreign = {DISTRIBUTIONS.get(root, root) for root in roots - set(sys.stdlib_module_names)}

    assert foreign <= declared


def test_imports_make_no_cycle():
    assert cycle(graph(PROXY)) == []


def test_a_cycle_is_caught_along_its_way():
    sources = {
        "proxy/core/a.py": "from proxy.core import b",
        "proxy/core/b.py": "from proxy.core.c import x",
        "proxy/core/c.py": "import proxy.core.a",
    }
    found = cycle(graph(sources))

    assert found == ["proxy.core.a", "proxy.core.b", "proxy.core.c", "proxy.core.a"]
    assert all(second in graph(sources)[first] for first, second in pairwise(found))


def test_files_stay_small():
    broken = long_files(PROXY)

    assert not broken, "\n".join(broken)


def test_functions_stay_small():
    broken = long_functions(PROXY)

    assert not broken, "\n".join(broken)


def test_what_is_too_long_is_caught():
    longest = "def f():\n" + "    pass\n" * (MAX_FUNCTION_LINES - 1)

    assert long_functions({"a.py": longest}) == []
    assert len(long_functions({"a.py": longest + "    pass\n"})) == 1
    assert long_files({"a.py": "\n" * MAX_FILE_LINES}) == []
    assert len(long_files({"a.py": "\n" * (MAX_FILE_LINES + 1)})) == 1


def test_every_source_file_has_its_test_file():
    broken = untested(PROXY, TESTS)

    assert not broken, "\n".join(broken)


def test_a_missing_test_file_is_caught():
    sources = [
        "proxy/app.py",
        "proxy/codecs/anthropic/stream.py",
        "proxy/codecs/anthropic/__init__.py",
    ]
    tests = ["tests/codecs/anthropic/test_stream.py"]

    assert untested(sources, tests) == ["proxy/app.py: no tests/test_app.py"]


def test_files_are_named_for_what_they_are():
    broken = nameless([*PROXY, *TESTS])

    assert not broken, "\n".join(broken)


def test_a_name_that_says_nothing_is_caught():
    assert nameless(["proxy/web/http_utils.py", "tests/common/a.py"]) != []


def test_nothing_is_left_unfinished():
    broken = matches(PROXY | TESTS, UNFINISHED)

    assert not broken, "\n".join(broken)


def test_no_middleware_breaks_streams():
    broken = matches(PROXY, BANNED)

    assert not broken, "\n".join(broken)


def test_tests_neither_wait_nor_look_away():
    broken = matches(TESTS, WAITING)

    assert not broken, "\n".join(broken)


def test_a_waiting_test_is_caught():
    lines = ["@pytest.mark.ski" + "p", "pytest.xfa" + "il()", "time.sle" + "ep(1)"]

    assert len(matches({"tests/a.py": "\n".join(lines)}, WAITING)) == len(lines)
