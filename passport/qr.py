"""Draw QR codes as SVG for print and PNG for screens, the same bytes each time."""

from __future__ import annotations

import io

import png
import qrcode
from qrcode.constants import ERROR_CORRECT_M

from passport.errors import QrRefused

QUIET_ZONE = 4
_LONGEST = 300


def modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """Return the dark modules of a QR code of error correction level M, without its quiet zone.

    Args:
        text: the ASCII address that the code carries.

    Raises:
        QrRefused: the text is not ASCII or too long for a printed label.
    """
    if not text.isascii() or not 0 < len(text) <= _LONGEST:
        raise QrRefused("a label carries an ASCII address of at most 300 characters", length=len(text))
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text)
    code.make(fit=True)
    return tuple(tuple(bool(cell) for cell in row) for row in code.get_matrix())


def svg(text: str) -> bytes:
    """Draw a code as SVG: one module is one unit, quiet zone of four modules, dark on white."""
    rows = modules(text)
    size = len(rows) + 2 * QUIET_ZONE
    strokes = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                strokes.append(f"M{start + QUIET_ZONE} {y + QUIET_ZONE}h{x - start}v1h-{x - start}z")
            x += 1
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d="{"".join(strokes)}"/></svg>\n'
    ).encode("ascii")


def png_image(text: str, *, scale: int = 8) -> bytes:
    """Draw a code as a 1-bit grey PNG with `scale` pixels for each module and the quiet zone around it."""
    rows = modules(text)
    width = (len(rows) + 2 * QUIET_ZONE) * scale
    blank = [1] * width
    lines = [blank] * (QUIET_ZONE * scale)
    for row in rows:
        cells = [True] * QUIET_ZONE + [not dark for dark in row] + [True] * QUIET_ZONE
        lines.extend([[int(cell) for cell in cells for _ in range(scale)]] * scale)
    lines.extend([blank] * (QUIET_ZONE * scale))
    image = io.BytesIO()
    png.Writer(width=width, height=width, greyscale=True, bitdepth=1, compression=9).write(image, lines)
    return image.getvalue()
