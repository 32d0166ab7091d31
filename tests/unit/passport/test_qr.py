"""Check that printed codes are read by somebody else's reader and are the same each time."""

from __future__ import annotations

import io
import re

import numpy
import png
import pytest
import zxingcpp

from passport.errors import QrRefused
from passport.qr import modules, png_image, svg

TEXT = "https://passport.example/01/09520000000264/10/26GW-SEA1"


def test_png_is_read_by_another_reader() -> None:
    width, height, rows, info = png.Reader(bytes=png_image(TEXT)).read()
    assert info["bitdepth"] == 1 and width == height
    image = numpy.array([list(row) for row in rows], dtype=numpy.uint8) * 255
    found = zxingcpp.read_barcodes(image)
    assert [code.text for code in found] == [TEXT]
    assert found[0].ec_level == "M"


def test_quiet_zone_is_four_modules_wide() -> None:
    size = len(modules(TEXT))
    width, _, rows, _ = png.Reader(file=io.BytesIO(png_image(TEXT, scale=2))).read()
    pixels = [list(row) for row in rows]
    assert width == (size + 8) * 2
    assert all(all(row) for row in pixels[:8]) and all(row[0:8] == [1] * 8 for row in pixels)
    assert pixels[8][8] == 0


def test_svg_draws_the_same_modules() -> None:
    rows = modules(TEXT)
    drawn = set()
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg(TEXT).decode()):
        drawn |= {(int(x) + step - 4, int(y) - 4) for step in range(int(length))}
    assert drawn == {(x, y) for y, row in enumerate(rows) for x, dark in enumerate(row) if dark}


def test_bytes_are_the_same_each_time() -> None:
    assert svg(TEXT) == svg(TEXT) and png_image(TEXT) == png_image(TEXT)


@pytest.mark.parametrize("text", ["", "荔枝", "x" * 301])
def test_text_that_no_label_should_carry_is_refused(text: str) -> None:
    with pytest.raises(QrRefused):
        svg(text)
