"""`make bench`: measures this checkout, beside nginx where it is there, and says how it stands to its goals.

Run: python -m bench [--only json,relay] [--rounds 3] [--quick]
"""

import argparse
import dataclasses
import json
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from bench.contestants import nginx_command
from bench.house import House, Size, makers
from bench.machine import describe
from bench.notes import Notes
from bench.peers import installed, versions
from bench.programs import BUILD
from bench.tables import terminal
from bench.works import WORKS


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", default=",".join(WORKS), help=f"of {','.join(WORKS)}")
    parser.add_argument("--rounds", type=int, help="how often everything is measured (default: 3)")
    parser.add_argument("--quick", action="store_true", help="short rounds: a first impression")
    parser.add_argument(
        "--peers", action="store_true", help="LiteLLM and Portkey, too, if installed"
    )
    parser.add_argument("--seconds", type=float, help="of one round of one contestant")
    parser.add_argument(
        "--wait", type=float, default=300.0, help="seconds to spend on other programs' noise"
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help="keep works of the result file that are not measured now",
    )
    parser.add_argument("--to", type=Path, default=BUILD / "result.json", help="the result file")
    return parser.parse_args()


def size(arguments: argparse.Namespace) -> Size:
    """How long to measure."""
    base = Size(rounds=2, seconds=1.0, window=4.0, singles=500) if arguments.quick else Size()
    said = {"rounds": arguments.rounds, "seconds": arguments.seconds, "patience": arguments.wait}
    return dataclasses.replace(
        base, **{name: value for name, value in said.items() if value is not None}
    )


def kept(file: Path, chosen: list[str]) -> dict[str, Any]:
    """The figures of an earlier run, without those that are taken anew."""
    works = json.loads(file.read_text())["works"] if file.exists() else {}
    return {name: figures for name, figures in works.items() if name not in chosen}


def advise() -> None:
    """One line for what would make the figures better."""
    missing = [
        package
        for package, there in (
            ("nginx-light", nginx_command()),
            ("wrk", shutil.which("wrk")),
            ("gcc libc6-dev", shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")),
        )
        if not there
    ]
    if missing:
        line = f"apt-get install {' '.join(missing)}"
        print(f"Going on without; for figures that compare: {line}", file=sys.stderr)


def main() -> int:
    """Measure and show; the exit status."""
    # As Ctrl-C does: whoever was started is ended on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    arguments = options()
    chosen = [name for name in arguments.only.split(",") if name]
    unknown = [name for name in chosen if name not in WORKS]
    if unknown:
        print(
            f"no work is named {', '.join(unknown)}; there are {', '.join(WORKS)}", file=sys.stderr
        )
        return 2
    advise()
    BUILD.mkdir(parents=True, exist_ok=True)
    contestants = [*makers(), *(installed() if arguments.peers else ())]
    notes = Notes(kept(arguments.to, chosen) if arguments.keep else {})
    house = House(size(arguments), notes, lambda line: print(line, flush=True), contestants)
    failed = []
    for name in chosen:
        try:
            WORKS[name](house, name)
        except (RuntimeError, OSError) as error:
            failed.append(name)
            print(f"{name} failed: {error}", file=sys.stderr)
    result = {
        **describe(),
        "peers": versions(),
        "size": dataclasses.asdict(house.size),
        "works": house.notes.values,
    }
    arguments.to.write_text(json.dumps(result, indent=1) + "\n")
    print()
    print(terminal(house.notes))
    print(house.notes.noisy())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
