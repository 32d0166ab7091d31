"""Write dates and names as the reader's language does."""

from __future__ import annotations

from collections.abc import Sequence

from passport.i18n import Catalogue


class Words:
    """Wrap a catalogue with what depends on the language beyond single texts."""

    __slots__ = ("_catalogue",)

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @property
    def chinese(self) -> bool:
        """Tell whether the reader reads Chinese."""
        return self._catalogue.locale.startswith("zh")

    def text(self, key: str, **values: object) -> str:
        """Return a text."""
        return self._catalogue.text(key, **values)

    def name(self, group: str, code: str) -> str:
        """Return the display name of a code."""
        return self._catalogue.name(group, code)

    def find(self, key: str) -> str | None:
        """Return a text, or None."""
        return self._catalogue.find(key)

    def listed(self, group: str, codes: Sequence[str]) -> str:
        """Return the display names of several codes in a row."""
        return self.text("list.and").join(self.name(group, code) for code in codes)

    def day(self, iso: str) -> str:
        """Write a day such as `2026-06-24`; other text stays as it is."""
        found = _pieces(iso)
        if found is None:
            return iso
        year, month, day = found
        return self.text("scan.date", year=year, month=month, day=day, monthname=self.name("month", str(month)))

    def days(self, first: str, last: str) -> str:
        """Write one day, or the first and the last of several; a month that they share is written once."""
        if first == last:
            return self.day(first)
        start, end = _pieces(first), _pieces(last)
        if start and end and start[:2] == end[:2]:
            year, month, day = start
            monthname = self.name("month", str(month))
            return self.text("scan.days", year=year, month=month, monthname=monthname, first=day, last=end[2])
        return self.text("scan.range", first=self.day(first), last=self.day(last))


def _pieces(iso: str) -> tuple[int, int, int] | None:
    pieces = iso.split("-")
    if len(pieces) != 3 or not all(piece.isdigit() for piece in pieces):
        return None
    year, month, day = (int(piece) for piece in pieces)
    return year, month, day
