"""Draw series over size as a plain SVG: logarithmic sizes, values from zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import log10

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 360, 56, 44, 24
COLOURS = ("#1b6e53", "#a8323e", "#33539c", "#8a6d1b")


def draw(series: Mapping[str, Sequence[tuple[float, float]]], axis: str) -> str:
    """Return the SVG of series of pairs of size and value."""
    sizes = [size for points in series.values() for size, _ in points]
    low, high = log10(min(sizes)), log10(max(sizes))
    most = max(value for points in series.values() for _, value in points) * 1.1

    def place(size: float, value: float) -> tuple[float, float]:
        across = (log10(size) - low) / (high - low or 1)
        return LEFT + across * (WIDTH - LEFT - 24), TOP + (1 - value / most) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for step in range(6):
        value = most * step / 5
        _, y = place(min(sizes), value)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - 24}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.2f}</text>')
    for size in sorted(set(sizes)):
        x, _ = place(size, 0)
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{size:,.0f}</text>')
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(axis)}</text>')
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        line = " ".join("{:.1f},{:.1f}".format(*place(*point)) for point in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{LEFT + 8}" y="{TOP + 14 + 16 * number}" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])
