"""On what the figures were taken: processor, system, versions and date."""

import datetime as dt
import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.contestants import nginx_command
from bench.programs import ROOT


def describe() -> dict[str, Any]:
    """What a reader needs to know to compare."""
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "commit": _first(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]),
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "uvloop": version("uvloop"),
        "nginx": _first([nginx_command() or "nginx", "-v"]).rpartition("/")[2],
    }


def processor() -> str:
    """The processor's name, with its model number, since virtual ones have names that say little."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor()
    told = dict(re.findall(r"^(model name|cpu family|model)\s*: (.*)$", text, re.MULTILINE))
    return f"{told.get('model name', '?')} (family {told.get('cpu family')}, model {told.get('model')})"


def _first(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (our own words)
    except OSError:
        return ""
    return (done.stdout or done.stderr).strip().split("\n")[0]
