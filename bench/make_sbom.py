"""Writes what is shipped as CycloneDX 1.6: each package of the lock, its licence, its files' hashes, who needs it.

    python bench/make_sbom.py > firstbyte.cdx.json

It is made from `requirements.lock` and from what the environment that runs this says of each package. The same lock
gives the same bytes.

Source: https://cyclonedx.org/docs/1.6/json/ (read 2026-11-21); package URLs, https://github.com/package-url/purl-spec.
"""

import json
import re
import sys
import tomllib
import uuid
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OURS = "firstbyte"
_ENTRY = re.compile(
    r"^([a-z0-9-]+)==([^ ;\\\n]+)(.*?)(?=^[a-z0-9-]+==|\Z)", re.MULTILINE | re.DOTALL
)
_LICENCES = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


def main() -> None:
    """Print it."""
    json.dump(bill(), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def bill() -> dict[str, object]:
    """The whole document."""
    locked = {
        name: (version, re.findall(r"sha256:([0-9a-f]{64})", rest))
        for name, version, rest in _ENTRY.findall((ROOT / "requirements.lock").read_text())
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [_name(each) for each in project["dependencies"]]
    ours = {"type": "application", "bom-ref": OURS, "name": OURS, "version": _our_version()}
    ours["licenses"] = [{"expression": project["license"]}]
    needs = [{"ref": OURS, "dependsOn": sorted(_ref(n, locked) for n in wanted if n in locked)}]
    needs += [{"ref": _ref(n, locked), "dependsOn": _needed(n, locked)} for n in sorted(locked)]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": ours},
        "components": [_component(name, *locked[name]) for name in sorted(locked)],
        "dependencies": needs,
    }
    name = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(document, sort_keys=True))
    return {"serialNumber": f"urn:uuid:{name}", **document}


def licence(name: str) -> str:
    """An SPDX expression for a package that is installed here; empty where it tells none that we know."""
    about = metadata.metadata(name)
    if said := about.get("License-Expression"):
        return said
    known = [_LICENCES[each] for each in about.get_all("Classifier", ()) if each in _LICENCES]
    return " OR ".join(sorted(known)) or _LICENCES.get(
        f"License :: OSI Approved :: {about.get('License', '')} License", ""
    )


def _component(name: str, version: str, hashes: list[str]) -> dict[str, object]:
    found = {"type": "library", "bom-ref": f"{name}@{version}", "name": name, "version": version}
    found["purl"] = f"pkg:pypi/{name}@{version}"
    try:
        expression = licence(name)
    except metadata.PackageNotFoundError:
        # In the lock for another Python or another system than the one that runs this.
        expression = ""
    licences = {"licenses": [{"expression": expression}]} if expression else {}
    files = [{"name": "firstbyte:lock:sha256", "value": each} for each in hashes]
    return {**found, **licences, "properties": files}


def _needed(name: str, locked: dict[str, tuple[str, list[str]]]) -> list[str]:
    try:
        asked = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []
    names = {_name(each) for each in asked if "extra ==" not in each}
    return sorted(_ref(each, locked) for each in names if each in locked)


def _ref(name: str, locked: dict[str, tuple[str, list[str]]]) -> str:
    return f"{name}@{locked[name][0]}"


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def _our_version() -> str:
    said = re.search(r'__version__ = "(.+)"', (ROOT / "proxy/__init__.py").read_text())
    return said[1] if said else ""


if __name__ == "__main__":
    main()
