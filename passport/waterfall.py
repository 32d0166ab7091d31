"""Draw the steps of a waterfall as an SVG picture: plain text, the same bytes each time, no font of its own.

The bars follow each other without a gap and end at the headline. What stands apart from the headline is drawn below
it, outlined, each from zero: nothing there shortens a bar above. The picture is 360 units wide, so that a telephone
shows it at the size of its text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from html import escape
from typing import Final
from unicodedata import east_asian_width

from passport.display import figure, parts
from passport.explain import Bar

WIDTH: Final = 360
MARGIN: Final = 8
LETTERS: Final = 13
LINE: Final = 17
BAR: Final = 10
GAP: Final = 9
NAME_WIDTH: Final = 236
FILLS: Final[Mapping[str, str]] = {"gate": "#35568c", "after": "#c07030"}
INK: Final = "#1a1a1a"
NO_BREAK: Final = "\u00a0"


@dataclass(frozen=True, slots=True)
class Words:
    """Hold what the picture says, finished and in the reader's language.

    Args:
        lang: language tag of the texts.
        title: what is drawn.
        headline: the figure that the bars add up to, as a sentence.
        phases: headings of the parts, by phase.
        total: name of the bar that shows the headline.
        apart: heading above what is no part of the headline.
        unit: unit of all values.
        names: names of stages by code.
    """

    lang: str
    title: str
    headline: str
    phases: Mapping[str, str]
    total: str
    apart: str
    unit: str
    names: Mapping[str, str]

    @property
    def colon(self) -> str:
        """Give what stands between a name and its value."""
        return "：" if self.lang.startswith("zh") else ": "

    @property
    def semicolon(self) -> str:
        """Give what stands between two statements."""
        return "；" if self.lang.startswith("zh") else "; "


@dataclass(slots=True)
class _Pen:
    """Write the picture from top to bottom."""

    low: Decimal
    high: Decimal
    y: int = 0

    def x(self, value: Decimal) -> str:
        """Give the place of a value, in hundredths of a unit."""
        room = (WIDTH - 2 * MARGIN) * 100
        part = Fraction(value - self.low) / Fraction(self.high - self.low)
        return _hundredths(MARGIN * 100 + round(part * room))

    def span(self, one: Decimal, other: Decimal) -> tuple[str, str]:
        """Give where the bar between two values begins, and how wide it is; never less than a hair."""
        start, end = sorted((Decimal(self.x(one)), Decimal(self.x(other))))
        return str(start), str(max(end - start, Decimal("0.50")))

    def text(self, content: str, *, bold: bool = False, right: str = "") -> Iterator[str]:
        """Write a text, in several lines where it is long, and a number at the right end of the first."""
        weight = ' font-weight="bold"' if bold else ""
        lines = wrapped(content, NAME_WIDTH if right else WIDTH - 2 * MARGIN, bold=bold)
        for place, line in enumerate(lines):
            self.y += LINE
            yield f'<text x="{MARGIN}" y="{self.y}"{weight}>{escape(line)}</text>'
            if right and place == 0:
                yield f'<text x="{WIDTH - MARGIN}" y="{self.y}" text-anchor="end"{weight}>{escape(right)}</text>'
        self.y += 4

    def bar(self, start: Decimal, end: Decimal, looks: str) -> str:
        """Draw a bar between two values and move below it."""
        x, width = self.span(start, end)
        drawn = f'<rect x="{x}" y="{self.y}" width="{width}" height="{BAR}" {looks}/>'
        self.y += BAR + GAP
        return drawn


def draw(
    bars: Sequence[Bar], *, words: Words, apart: Sequence[tuple[str, Decimal]] = (), places: int = 2, name: str = "w"
) -> str:
    """Draw a waterfall.

    Args:
        bars: steps in kg CO2e, each from where the last one ended; labels are (phase, stage).
        words: what the picture says.
        apart: names and values of what is no part of the headline; those of zero are left out.
        places: digits shown behind the point; a tooltip has them all.
        name: beginning of the ids in the picture, unique in a page.

    Returns:
        an SVG document without a declaration, which can stand inside HTML too.
    """
    total = bars[-1].end if bars else Decimal(0)
    beside = [(title, value) for title, value in apart if value]
    values = [Decimal(0), total, *(bar.end for bar in bars), *(value for _, value in beside)]
    low, high = min(values), max(values)
    pen = _Pen(low, high if high > low else low + 1)
    shown_total, shown = parts(
        str(total), {str(place): str(bar.change) for place, bar in enumerate(bars)}, places=places
    )
    body: list[str] = []
    said: list[str] = [words.headline]
    colon = words.colon
    body += pen.text(words.title, bold=True)
    body += pen.text(words.headline)
    pen.y += GAP
    phase = ""
    for place, bar in enumerate(bars):
        if bar.label[0] != phase:
            phase = bar.label[0]
            body += pen.text(words.phases.get(phase, phase), bold=True)
        stage = words.names.get(bar.label[-1], bar.label[-1])
        body += _row(pen, bar, stage, shown[str(place)], words, last=place == len(bars) - 1)
        said.append(f"{stage}{colon}{shown[str(place)]} {words.unit}")
    body += pen.text(words.total, bold=True, right=f"{shown_total} {words.unit}")
    body.append(pen.bar(Decimal(0), total, f'fill="{INK}"'))
    if beside:
        pen.y += GAP
        body.append(
            f'<line x1="{MARGIN}" y1="{pen.y}" x2="{WIDTH - MARGIN}" y2="{pen.y}" stroke="{INK}" '
            'stroke-width="1" stroke-dasharray="2 3"/>'
        )
        body += pen.text(words.apart, bold=True)
        said.append(words.apart)
        for title, value in beside:
            text = f"{figure(str(value), places=places)} {words.unit}"
            body += [f'<g class="apart"><title>{escape(title)}{colon}{value} {escape(words.unit)}</title>']
            body += pen.text(title, right=text)
            looks = f'fill="none" stroke="{INK}" stroke-width="1" stroke-dasharray="3 2"'
            body += [pen.bar(Decimal(0), value, looks), "</g>"]
            said.append(f"{title}{colon}{text}")
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {pen.y}" width="100%" role="img" '
        f'lang="{escape(words.lang)}" aria-labelledby="{name}-title {name}-desc" '
        f'font-family="system-ui, sans-serif" font-size="{LETTERS}" fill="{INK}">'
    )
    return "\n".join(
        (
            head,
            f'<title id="{name}-title">{escape(words.title)}</title>',
            f'<desc id="{name}-desc">{escape(words.semicolon.join(said))}</desc>',
            f'<rect width="{WIDTH}" height="{pen.y}" fill="#ffffff"/>',
            *body,
            "</svg>\n",
        )
    )


def _row(pen: _Pen, bar: Bar, stage: str, shown: str, words: Words, *, last: bool) -> Iterator[str]:
    title = f"{stage}{words.colon}{bar.change} {words.unit}"
    yield f'<g class="bar" data-change="{bar.change}"><title>{escape(title)}</title>'
    yield from pen.text(stage, right=f"{shown} {words.unit}")
    fill = FILLS.get(bar.label[0], INK)
    looks = f'fill="{fill}"' if bar.change >= 0 else f'fill="#ffffff" stroke="{fill}" stroke-width="1"'
    bottom = pen.y + BAR
    yield pen.bar(bar.start, bar.end, looks)
    if not last:
        x = pen.x(bar.end)
        yield f'<line x1="{x}" y1="{bottom}" x2="{x}" y2="{pen.y + 3}" stroke="{INK}" stroke-width="0.5"/>'
    yield "</g>"


def wrapped(text: str, room: int, *, bold: bool = False) -> list[str]:
    """Break a text into lines that fit a room, after blanks and between Chinese characters.

    Letters have no measure here: a wide one counts a whole letter size, any other 0.6 of it, 0.68 in bold. A number
    and its unit stay together.
    """
    lines, line, width = [""], "", 0
    narrow = 68 if bold else 60
    for word in _words(text.replace(" kg", NO_BREAK + "kg").replace("kg CO2e", f"kg{NO_BREAK}CO2e")):
        size = sum(LETTERS * (100 if east_asian_width(sign) in "WF" else narrow) for sign in word)
        if line and width + size > room * 100:
            lines.append("")
            width = 0
        line = lines[-1] = lines[-1] + word
        width += size
    return [one.rstrip() for one in lines]


def _words(text: str) -> Iterator[str]:
    """Split a text where a line may end; what closes a Chinese phrase stays with it."""
    word = ""
    for sign in text:
        wide = east_asian_width(sign) in "WF"
        if word and wide and sign not in "，。、；：）！？」》%":
            yield word
            word = ""
        word += sign
        if sign == " ":
            yield word
            word = ""
    if word:
        yield word


def _hundredths(value: int) -> str:
    return f"{value // 100}.{value % 100:02d}"
