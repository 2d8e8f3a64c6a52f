"""Recorded exchanges with embedding models, read in place, see `recordings.py`."""

import json
from pathlib import Path
from typing import NamedTuple

from proxy.codecs.embeddings import EMBEDDINGS
from proxy.core.shape import Target
from proxy.core.steps import done
from tests.support import recordings

PROTOCOLS = {
    "azure.embeddings": "azure",
    "bedrock.embeddings": "bedrock",
    "cohere.embeddings": "cohere",
    "gemini.embeddings": "gemini",
    "mistral.embeddings": "mistral",
    "ollama.embeddings": "ollama",
}
"""Who is not OpenAI-shaped; all others are."""


class Case(NamedTuple):
    name: str
    folder: Path
    meta: dict

    @property
    def protocol(self):
        spoken = PROTOCOLS.get(self.meta["api"], "openai")
        return "vertex" if self.meta["provider"] == "vertex" else spoken

    @property
    def codec(self):
        return EMBEDDINGS[self.protocol]

    @property
    def target(self):
        base = (
            "https://" + self.meta["url_host"] + self.meta["url_path"].partition("/embeddings")[0]
        )
        return Target("p", self.meta["model"], self.protocol, base)

    @property
    def raw(self):
        return (self.folder / "response.raw").read_bytes()

    @property
    def asked(self):
        return (self.folder / "request.json").read_bytes()

    @property
    def expect(self):
        return json.loads((self.folder / "expect.json").read_bytes())

    def read(self):
        headers = self.meta["response_headers"]
        steps = self.codec.decode(self.meta["status"], headers, self.raw, target=self.target)
        return done(steps)


def recorded():
    """The cases of all apis for vectors; none where there is no corpus."""
    if not recordings.LISTING.exists():
        return []
    found = []
    for name in recordings.LISTING.read_text().split():
        folder = recordings.CORPUS / name
        meta = json.loads((folder / "meta.json").read_bytes())
        if meta["api"].endswith(".embeddings"):
            found.append(Case(name, folder, meta))
    return found


CASES = recorded()
ANSWERS = [case for case in CASES if case.meta["status"] < 400]
FAILURES = [case for case in CASES if case.meta["status"] >= 400]
