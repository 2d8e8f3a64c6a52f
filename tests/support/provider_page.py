"""The tables of docs/providers.md, from the claims beside this file and from the catalogue.

`python -m tests.support.provider_page` writes them anew.
"""

from pathlib import Path

from proxy.config.catalog import catalog
from tests.support.features import CLAIMS, PROTOCOLS, How

PAGE = Path(__file__).parents[2] / "docs" / "providers.md"
KEY_HEADERS = {
    **dict.fromkeys(PROTOCOLS, "authorization"),
    "anthropic": "x-api-key",
    "azure": "api-key",
    "gemini": "x-goog-api-key",
}
"""The header that takes a key."""
SCHEMES = {
    "bedrock": "AWS signature, its keys from where AWS's own tools look",
    "vertex": "access token: given, from a service account, a login or the metadata server",
}
"""What stands beside a key."""
MAX_TAKEN = 3
"""Fields of OpenAI's own that a vendor may take and still be said to take none but these."""


def features():
    """A row for each feature, a column for each protocol, and below them the notes."""
    lines = [f"| | {' | '.join(f'`{name}`' for name in PROTOCOLS)} |", "|---" * 11 + "|"]
    for feature, claims in CLAIMS.items():
        lines.append(f"| {feature} | {' | '.join(cell(claims[name]) for name in PROTOCOLS)} |")
    lines += ["", *(note for feature in CLAIMS for note in notes(feature))]
    return "\n".join(lines) + "\n"


def cell(claim):
    mark = "\\*" if claim.note and claim.how in {How.YES, How.NO} else ""
    return f"{claim.how}{mark}"


def notes(feature):
    """What stands behind the cells of a row that are not plain, each note once."""
    said = {}
    for name in PROTOCOLS:
        if note := CLAIMS[feature][name].note:
            said.setdefault(note, []).append(f"`{name}`")
    if said:
        yield (
            f"- **{feature}**: "
            + "; ".join(f"{', '.join(who)}: {what}" for what, who in said.items())
            + "."
        )


def credentials():
    """A row for each protocol: the header of a key, and what else there is."""
    lines = ["| protocol | a key goes in | instead of a key |", "|---|---|---|"]
    lines += [f"| `{p}` | `{KEY_HEADERS[p]}` | {SCHEMES.get(p, '')} |" for p in PROTOCOLS]
    return "\n".join(lines) + "\n"


def vendors():
    """A row for each vendor."""
    lines = ["| id | vendor | protocol | key variables | differs by |", "|---|---|---|---|---|"]
    for vendor in catalog().vendors:
        spoken = ", ".join(f"`{name}`" for name in (vendor.protocol, *vendor.speaks))
        row = (f"`{vendor.id}`", vendor.name, spoken, key(vendor), differences(vendor))
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines) + "\n"


def key(vendor):
    sets = ["`" + "` + `".join(each) + "`" for each in vendor.login_env]
    words = (
        [f"`{name}`" for name in vendor.env] + sets + (["none needed"] if vendor.keyless else [])
    )
    return ", ".join(words)


def differences(vendor):
    """A vendor's quirks, in the words of its row."""
    quirks = vendor.quirks
    relays = [f"relays {codes(vendor.surfaces)}"] if vendor.surfaces else []
    if quirks == catalog().compatible:
        return "; ".join(["compatible", *relays])
    words = [f"`{name}` as `{new}`" for name, new in quirks.rename.items()]
    words += dropped(quirks.drop, catalog().compatible.drop)
    words += [] if quirks.developer_role else ["`developer` as `system`"]
    words += [] if quirks.stream_options else ["no `stream_options`"]
    words += ["think tags"] if quirks.think_tags else []
    words += [f"`{name}`" for name in (*quirks.request, *quirks.response)]
    words += [f"`{name}` {low:g} to {high:g}" for name, (low, high) in quirks.clamp.items()]
    words += [f"replays reasoning: {quirks.reasoning_replay}"] if quirks.reasoning_replay else []
    return "; ".join([*words, *relays])


def dropped(fields, openai_only):
    """The fields that a vendor is not sent; those that OpenAI alone has go by one name, as in the catalogue."""
    taken = openai_only - fields
    if len(taken) <= MAX_TAKEN:
        but = f" but {codes(taken)}" if taken else ""
        yield f"no OpenAI-only fields{but}"
        fields = fields - openai_only
    if fields:
        yield f"no {codes(fields)}"


def codes(names):
    return ", ".join(f"`{name}`" for name in sorted(names))


TABLES = {"features": features, "credentials": credentials, "vendors": vendors}


def refreshed(page):
    """A page with each table between its marks replaced by the present one.

    Raises:
        ValueError: a mark is missing.
    """
    for name, table in TABLES.items():
        begin, end = (
            f"<!-- {name}: written by a program; a test holds it -->",
            f"<!-- end of {name} -->",
        )
        before, found, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"expected the lines {begin} and {end}, as for {', '.join(TABLES)}")
        page = f"{before}{begin}\n{table()}{end}{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(refreshed(PAGE.read_text()))
