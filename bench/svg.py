"""Two kinds of plot as SVG, small enough to be kept in the repository: bars and curves, both on a logarithmic scale.

Colours follow the reader's light or dark scheme; nothing is fetched.
"""

import math
from collections.abc import Mapping, Sequence
from html import escape

COLOURS = {
    "Firstbyte": "#2563eb",
    "nginx": "#16a34a",
    "Portkey": "#d97706",
    "LiteLLM": "#dc2626",
    "direct": "#6b7280",
}
"""The same for each in every plot."""
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2328}.t{font-weight:600;font-size:15px}.a{fill:#656d76}"
    ".g{stroke:#d0d7de}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.a{fill:#9198a1}.g{stroke:#3d444d}}"
)
WIDTH = 760
LEFT = 220
"""Where bars begin, and curves end their labels."""
ROW = 22


def document(height: float, title: str, parts: Sequence[str]) -> str:
    """A whole picture."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'aria-label="{escape(title)}"><style>{STYLE}</style>\n'
        f'<text class="t" x="8" y="22">{escape(title)}</text>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def number(value: float) -> str:
    """A figure in as few characters as tell it apart."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{digits}f}"


def decades(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten around all of them; at least one apart."""
    low = math.floor(math.log10(min(values)))
    return low, max(low + 1, math.ceil(math.log10(max(values))))


def bars(title: str, groups: Mapping[str, Mapping[str, float]], unit: str) -> str:
    """A bar for each contestant within each group; the figure stands behind it.

    Args:
        title: Above it.
        groups: By their labels, figures by contestant; above 0.
        unit: Of the figures.
    """
    low, high = decades([value for group in groups.values() for value in group.values()])
    scale = (WIDTH - LEFT - 110) / (high - low)
    parts, y = [], 44.0
    for label, group in groups.items():
        parts.append(f'<text x="8" y="{y + 14:.0f}">{escape(label)}</text>')
        for name, value in group.items():
            length = max(2.0, (math.log10(value) - low) * scale)
            colour = COLOURS.get(name, "#7c3aed")
            parts.append(
                f'<rect x="{LEFT}" y="{y:.0f}" width="{length:.1f}" height="{ROW - 5}" fill="{colour}" rx="2"/>'
                f'<text x="{LEFT + length + 6:.1f}" y="{y + 13:.0f}">{number(value)} {escape(unit)} '
                f'<tspan class="a">{escape(name)}</tspan></text>'
            )
            y += ROW
        y += 12
    parts.append(f'<text class="a" x="{LEFT}" y="{y + 8:.0f}">logarithmic scale</text>')
    return document(y + 20, title, parts)


def curves(
    title: str, series: Mapping[str, Sequence[tuple[float, float]]], across: str, up: str
) -> str:
    """A curve for each contestant, over places of equal distance.

    Args:
        title: Above it.
        series: By contestant, pairs of a place's figure and a value above 0; all have the same places.
        across: What the places are.
        up: What the values are.
    """
    places = [place for place, _ in next(iter(series.values()))]
    low, high = decades([value for points in series.values() for _, value in points])
    top, bottom, left, right = 48.0, 300.0, 70.0, WIDTH - 130.0
    step = (right - left) / max(1, len(places) - 1)
    height = (bottom - top) / (high - low)
    parts = []
    for power in range(low, high + 1):
        y = bottom - (power - low) * height
        parts.append(
            f'<line class="g" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="a" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>'
        )
    parts += [
        f'<text class="a" x="{left + at * step:.1f}" y="{bottom + 20}" text-anchor="middle">{place:g}</text>'
        for at, place in enumerate(places)
    ]
    labels: list[float] = []
    for name, points in series.items():
        colour = COLOURS.get(name, "#7c3aed")
        spots = [
            (left + n * step, bottom - (math.log10(value) - low) * height)
            for n, (_, value) in enumerate(points)
        ]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        y = spots[-1][1] + 4
        while any(abs(y - other) < 15 for other in labels):
            y += 15
        labels.append(y)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
            f'<text x="{right + 8}" y="{y:.1f}" style="fill:{colour}">{escape(name)}</text>'
        )
    parts.append(
        f'<text class="a" x="{left}" y="{bottom + 42}">{escape(across)}; up: {escape(up)}</text>'
    )
    return document(bottom + 54, title, parts)
