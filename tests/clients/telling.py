"""Runs cases for the tests, as `tests/node/said.mjs` does: one a line of standard input, `CASE BASE_URL MODEL`, and what
became of it as a line of standard output, `= ` and JSON. Whatever else a client writes is none.
"""

import json
import sys

QUESTION = "Hello from the other side"
TIDE = {
    "type": "object",
    "properties": {"port": {"type": "string"}},
    "required": ["port"],
    "additionalProperties": False,
}


def run(cases):
    for line in sys.stdin:
        case, base, model = line.split()
        try:
            said = cases[case](base, model)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is told by name)
            said = {"error": described(error)}
        sys.stdout.write(f"= {json.dumps(said)}\n")
        sys.stdout.flush()


def described(error):
    return {
        "name": type(error).__name__,
        "status": getattr(error, "status_code", None),
        "code": getattr(error, "code", None),
        "type": getattr(error, "type", None),
        "message": str(error),
    }
