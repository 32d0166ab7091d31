"""Calculate a workbook as a spreadsheet program would, exactly: cells, + - * /, SUM, SUMIFS and ROUND."""

from __future__ import annotations

import io
import re
from fractions import Fraction
from typing import Any

from openpyxl import load_workbook

_TOKEN = re.compile(
    r"""(?P<text>"[^"]*")|(?:'(?P<sheet>[^']+)'!)?\$?(?P<column>[A-Z]{1,2})\$?(?P<row>\d+)"""
    r"""(?::\$?(?P<to>[A-Z]{1,2})\$?(?P<end>\d+))?|(?P<name>SUMIFS|SUM|ROUND)|(?P<number>\d+(?:\.\d+)?)|(?P<sign>[-+*/(),])"""
)


class Calculated:
    """Hold a workbook, and give the values of its cells.

    Args:
        content: bytes of the file.
    """

    def __init__(self, content: bytes) -> None:
        self.book = load_workbook(io.BytesIO(content))
        self.formulas = 0
        self._known: dict[tuple[str, str], Any] = {}

    def value(self, sheet: str, cell: str) -> Any:
        """Return a number as a fraction, a text as it is, and nothing as 0."""
        key = (sheet, cell)
        if key not in self._known:
            found = self.book[sheet][cell]
            if found.data_type == "f":
                self.formulas += 1
                self._known[key] = self._calculate(sheet, str(found.value)[1:])
            elif isinstance(found.value, int | float):
                self._known[key] = Fraction(str(found.value))
            else:
                self._known[key] = found.value or Fraction(0)
        return self._known[key]

    def _range(self, sheet: str, column: str, first: int, last: int) -> list[Any]:
        return [self.value(sheet, f"{column}{row}") for row in range(first, last + 1)]

    def _calculate(self, here: str, formula: str) -> Any:
        """Turn a formula into Python, token by token; nothing but the tokens above may stand in it."""
        written, place = [], 0
        ranges: list[Any] = []
        while place < len(formula):
            token = _TOKEN.match(formula, place)
            assert token is not None, formula[place:]
            place = token.end()
            if token["text"]:
                written.append(repr(token["text"][1:-1]))
            elif token["column"]:
                sheet, row = token["sheet"] or here, int(token["row"])
                if token["to"]:
                    assert token["to"] == token["column"]
                    ranges.append(self._range(sheet, token["column"], row, int(token["end"])))
                else:
                    ranges.append(self.value(sheet, f"{token['column']}{row}"))
                written.append(f"R[{len(ranges) - 1}]")
            elif token["number"]:
                written.append(f"F('{token['number']}')")
            else:
                written.append(token["name"] or token["sign"])
        names = {"R": ranges, "F": Fraction, "SUM": sum, "SUMIFS": _sumifs, "ROUND": _round}
        return eval("".join(written), {"__builtins__": {}}, names)


def _round(value: Fraction, places: Fraction) -> Fraction:
    scale = 10 ** int(places)
    return Fraction(round(value * scale), scale)


def _sumifs(summed: list[Fraction], *criteria: Any) -> Fraction:
    pairs = list(zip(criteria[::2], criteria[1::2], strict=True))
    found = (number for place, number in enumerate(summed) if all(column[place] == wanted for column, wanted in pairs))
    return sum(found, Fraction(0))
