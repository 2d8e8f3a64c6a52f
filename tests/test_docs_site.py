"""The site has every page of docs/, in an order that somebody chose, and asks no other host for anything."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from bench import site_links

REPO = Path(__file__).parents[1]
SITE = yaml.safe_load((REPO / "mkdocs.yml").read_text())
GUIDE = ["getting-started.md", "concepts.md", "config.md", "providers.md", "clients.md"]


def entries(nav):
    """Each page and its title, in order."""
    for entry in nav:
        ((title, below),) = entry.items()
        if isinstance(below, str):
            yield below, title
        else:
            yield from entries(below)


NAV = dict(entries(SITE["nav"]))


def test_every_page_is_on_the_site_and_nothing_else():
    there = {path.relative_to(REPO / "docs").as_posix() for path in (REPO / "docs").rglob("*.md")}

    assert set(NAV) == there, "mkdocs.yml has the order"


def test_it_begins_as_a_newcomer_does():
    assert list(NAV)[:6] == ["index.md", *GUIDE]


def test_a_decision_has_the_title_of_its_page():
    wrong = [
        page
        for page, title in NAV.items()
        if page.startswith("decisions/")
        and (REPO / "docs" / page).read_text().splitlines()[0] != f"# {title}"
    ]

    assert wrong == []


def test_a_dead_link_stops_the_build_and_no_page_fetches_from_elsewhere():
    assert SITE["strict"] is True
    assert SITE["theme"]["highlightjs"] is False
    assert "extra_javascript" not in SITE


@pytest.mark.parametrize(
    ("page", "text", "shown"),
    [
        (
            "config.md",
            "see [examples](../config/) and [it](metrics.md)",
            "see examples and [it](metrics.md)",
        ),
        (
            "decisions/1.md",
            "[map](../architecture.md), [code](../../proxy/app.py)",
            "[map](../architecture.md), code",
        ),
    ],
)
def test_links_that_leave_the_pages_become_words(page, text, shown):
    file = SimpleNamespace(file=SimpleNamespace(src_uri=page))

    assert site_links.on_page_markdown(text, file) == shown


def test_the_home_page_leads_to_what_a_newcomer_needs():
    linked = re.findall(r"\]\(([a-z-]+\.md)\)", (REPO / "docs/index.md").read_text())

    assert set(GUIDE) <= set(linked)
