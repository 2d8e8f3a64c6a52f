"""The JSON Schema of the configuration, draft 2020-12, from the same tables as the check.

Editors use it for completion; it knows each value's form, not what one section says of another (that a cascade's
provider exists, for one): `firstbyte check` knows that.
"""

from __future__ import annotations

from typing import Any, Final

from proxy.config.fields.root import ROOT
from proxy.config.kinds import Definitions
from proxy.core import jsons

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The whole schema."""
    definitions = Definitions()
    top = ROOT.schema(definitions)
    table = {name: definitions.table[name] for name in sorted(definitions.table)}
    return {"$schema": DIALECT, "title": "Firstbyte configuration", **top, "$defs": table}


def text() -> str:
    """The schema as it is committed: indented, one newline at the end."""
    return jsons.encode_sorted(schema(), indent=2) + "\n"
