"""What a line of the log may hold, as docs/log.schema.json says it."""

from pathlib import Path

import jsonschema

from proxy.core import jsons

SCHEMA = jsons.decode_object(
    (Path(__file__).resolve().parents[2] / "docs" / "log.schema.json").read_bytes()
)
jsonschema.Draft202012Validator.check_schema(SCHEMA)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def checked(line):
    """A line as a record, once it is what the schema says."""
    record = jsons.decode_object(line.encode() if isinstance(line, str) else line)
    VALIDATOR.validate(record)
    return record
