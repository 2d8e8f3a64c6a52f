"""Firstbyte as it is served, counting the steps of its interpreter: SIGUSR1 begins, SIGUSR2 tells.

What is told is JSON, in the file that `STEPS_FILE` names: how many calls were answered, how many steps each function made, and
which of them the interpreter could not make for one type alone, as it makes nearly all others: each of those costs
several times as much. Only CPython 3.11 says which these are; for any other they are null.

Source: PEP 659, and `dis` of CPython 3.11 (read 2026-11-21).
"""

import dis
import gc
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

from proxy.cli import main

CALL = ("proxy/web/protocol.py", "on_response_complete")
"""What every call that is answered comes through once."""
_calls: Counter[tuple[str, str]] = Counter()
"""By file and name."""
_steps: Counter[tuple[CodeType, int]] = Counter()
_general: dict[CodeType, list[tuple[int, int, str]]] = {}
"""By function: place, line and words of each step that stayed general."""


def begin(*_: object) -> None:
    """Count from now on."""
    # What was frozen is not told of.
    gc.unfreeze()
    codes = [each.__code__ for each in gc.get_objects() if isinstance(each, FunctionType)]
    gc.freeze()
    while codes:
        code = codes.pop()
        # Those within it: of comprehensions, and of functions that it makes.
        codes += [each for each in code.co_consts if isinstance(each, CodeType)]
        if _file_of(code) and code not in _general:
            _general[code] = [
                (step.offset, step.positions.lineno or 0, f"{_word(step.opname)} {step.argrepr}")
                for step in dis.get_instructions(code, adaptive=True)
                if step.positions is not None and step.opname.endswith("_ADAPTIVE")
            ]
    sys.settrace(_entered)


def tell(*_: object) -> None:
    """Count no more, and write it down."""
    sys.settrace(None)
    functions, general = Counter[str](), Counter[str]()
    for (code, _at), times in _steps.items():
        functions[f"{_file_of(code)}:{code.co_firstlineno} {code.co_qualname}"] += times
    for code, steps in _general.items():
        for at, line, words in steps:
            general[f"{_file_of(code)}:{line} {words}"] += _steps[code, at]
    known = +general if sys.version_info[:2] == (3, 11) else None
    told = {"calls": _calls[CALL], "functions": functions, "general": known}
    file = Path(os.environ["STEPS_FILE"])
    file.with_suffix(".new").write_text(json.dumps(told))
    file.with_suffix(".new").rename(file)


def _entered(frame: FrameType, _event: str, _argument: Any) -> Any:
    file = _file_of(frame.f_code)
    if not file:
        return None
    _calls[file, frame.f_code.co_name] += 1
    frame.f_trace_opcodes, frame.f_trace_lines = True, False
    return _stepped


def _stepped(frame: FrameType, event: str, _argument: Any) -> Any:
    if event == "opcode":
        _steps[frame.f_code, frame.f_lasti] += 1
    return _stepped


def _file_of(code: CodeType) -> str:
    """Where a function of ours stands; empty for any other."""
    _, ours, rest = code.co_filename.rpartition("/proxy/")
    return f"proxy/{rest}" if ours else ""


def _word(name: str) -> str:
    return name.removesuffix("_ADAPTIVE").lower()


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, begin)
    signal.signal(signal.SIGUSR2, tell)
    sys.exit(main())
