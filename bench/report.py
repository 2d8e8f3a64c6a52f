"""Writes docs/benchmarks.md and its plots from the result of a run.

Run: python -m bench.report [RESULT] [--table goals | --table contestants]
With --table it prints one table as Markdown instead, for other documents.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.closed import LADDER
from bench.notes import Notes
from bench.programs import BUILD, ROOT
from bench.svg import bars, curves
from bench.tables import WHO, contestants, markdown

DOCUMENT = ROOT / "docs" / "benchmarks.md"
PLOTS = ROOT / "docs" / "benchmarks"
PAGE = """# Benchmarks

What Firstbyte costs, measured by `make bench`, and what it is held to. This page is written by `make bench-report`; do not edit it.

Taken on {date} at commit {commit}: {processor}, {cores} cores, {system}, Python {python}, uvloop {uvloop}, nginx {nginx}{peers}.
Medians of {rounds} interleaved rounds of {seconds:g} s. Read the ratios: the times are this machine's.
{noisy}

## Firstbyte against its goals

{goals}

`goal`: the goal is met; `least`: what is asked at least; `missed`: neither.

## CPU per call, side by side

{contestants}

{plots}
## How it is measured

- Firstbyte runs as users run it, `firstbyte serve`, one process, with every feature on: a key is demanded, each alias is a cascade of two targets, every call writes a line of JSON into a file and counts in the metrics.
- nginx is the yardstick: one worker, a reverse proxy with kept connections and no log, that checks, reads and knows nothing. `proxy_buffering` is off for streams.
- Who is measured has the first core alone; the provider and the callers have the others. Contestants take turns within a round, so that whatever disturbs meets all of them. Where a figure compares numbers of callers, or of workers, these take turns of 2 s too, three in each round; throughput is all that was served in them.
- CPU is what the system accounts to the process and all its children, user and system time, over the calls that were served. It does not depend on how fast the provider or the callers are.
- The provider is a small program in C that replays canned answers, each under a name of its own (`bench/native/mock.c`): of a stream one event per write, every stream under way in turn. Where there is no compiler, its twin in Python does the same more slowly.
- Whole answers are asked for by wrk, streams by a program of ours that counts every event and fails the run if one is missing; 16 callers at a time on kept connections.
- Events of open streams carry the time at which the provider sent them; their delay is taken on the same clock when the caller has read them. `direct` is the same without anybody between.
- Memory per open stream is the growth of `Pss` from idle after a warm-up to all streams open, divided by their number.
- Translated streams are compared with nginx's relay of as many events: nobody else translates them at that price.
- Two workers need more cores than this machine may have, so what is compared is the calls served per second of CPU of the busiest worker.

## Run it yourself

```sh
sudo apt-get install nginx-light wrk gcc libc6-dev    # optional; without them the figures compare less well
make bench                                            # everything; ARGS='--only json,relay --rounds 3 --quick' for less
make micro                                            # each framer, codec and encoder by itself
make profile WORK=relay                               # where the time goes
make steps WORK=relay                                 # how many steps of the interpreter a call takes, and where
make bench-report                                     # this page, from the last run
```

LiteLLM and Portkey are measured beside it where they are installed, each with a spare behind its target as Firstbyte has; nothing installs them by itself:

```sh
python3 -m venv build/peers/litellm
build/peers/litellm/bin/pip install 'litellm[proxy]'
mkdir -p build/peers/portkey
cp bench/peers.package.json build/peers/portkey/package.json
npm install --prefix build/peers/portkey
make bench-peers ARGS=--keep                            # what was measured without them is kept
```
"""


def read(file: Path) -> tuple[dict[str, Any], Notes]:
    """A result file."""
    result = json.loads(file.read_text())
    return result, Notes(result["works"])


def plots(notes: Notes) -> Iterator[tuple[str, str, str]]:
    """Each plot that there are figures for: its file, what it shows, and the picture."""
    works = {"json": "1 KB JSON call", "body": "100 KB request", "relay": "stream of 100 events"}
    groups = {
        what: {
            label: value
            for who, label in WHO.items()
            if (value := notes.median(work, who, "cpu_ms"))
        }
        for work, what in works.items()
        if notes.values.get(work)
    }
    if groups:
        title = "CPU per call"
        yield "cpu.svg", title, bars(title, groups, "ms")
    for streams in (1000, 2000):
        series = {
            label: points
            for who, label in {**WHO, "direct": "direct"}.items()
            if (points := delays(notes, f"open{streams}", who))
        }
        if series:
            title = f"Delay of an event, {streams:,} open streams of 20 events a second"
            yield f"open{streams}.svg", title, curves(title, series, "percentile", "ms")
    ladder = {
        label: [(n, rate) for n in LADDER if (rate := notes.mean("throughput", who, f"rate{n}"))]
        for who, label in WHO.items()
        if who in notes.values.get("throughput", {})
    }
    if ladder:
        title = "Throughput of 1 KB JSON calls"
        yield "throughput.svg", title, curves(title, ladder, "callers at a time", "calls a second")


def delays(notes: Notes, work: str, who: str) -> list[tuple[float, float]]:
    """Percentiles and milliseconds."""
    found = [
        (q, notes.median(work, who, f"p{q:g}_ms")) for q in (1, 10, 25, 50, 75, 90, 95, 99, 99.9)
    ]
    return [(q, ms) for q, ms in found if ms]


def page(result: dict[str, Any], notes: Notes) -> str:
    """The document; its plots are written beside it."""
    PLOTS.mkdir(exist_ok=True)
    pictures = []
    for name, title, picture in plots(notes):
        (PLOTS / name).write_text(picture)
        pictures.append(f"![{title}](benchmarks/{name})\n")
    peers = "".join(f", {name} {version}" for name, version in result.get("peers", {}).items())
    told = {name: result[name] for name in ("date", "commit", "processor", "cores", "system")}
    return PAGE.format(
        **told,
        python=result["python"],
        uvloop=result["uvloop"],
        nginx=result["nginx"] or "absent",
        peers=peers,
        rounds=result["size"]["rounds"],
        seconds=result["size"]["seconds"],
        noisy=f"{noisy[0].upper()}{noisy[1:]}." if (noisy := notes.noisy()) else "",
        goals=markdown(notes),
        contestants=contestants(notes),
        plots="\n".join(pictures),
    )


def main() -> int:
    """Write the page, or print a table; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.report", description=__doc__)
    parser.add_argument("result", type=Path, nargs="?", default=BUILD / "result.json")
    parser.add_argument("--table", choices=("goals", "contestants"))
    arguments = parser.parse_args()
    if not arguments.result.exists():
        print(f"{arguments.result.name} is not there: run `make bench` first", file=sys.stderr)
        return 1
    result, notes = read(arguments.result)
    if arguments.table:
        print(markdown(notes) if arguments.table == "goals" else contestants(notes))
    else:
        DOCUMENT.write_text(page(result, notes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
