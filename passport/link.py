"""Turn lots into web addresses and back: GS1 Digital Links and `/p/` codes.

A printed code carries nothing but the address. GTINs have fourteen digits and a valid check digit, lots and serials
are A-Z, 0-9, hyphen and underscore, so that there is one spelling of each address and no percent sign in it.

Source: GS1 Digital Link URI Syntax 1.6, section 4 (key qualifiers in the order 22, 10, 21).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ledger.ids import is_code_text, is_gtin, is_lot_id
from passport.errors import MalformedLink

GS1_SCHEME = "https://id.gs1.org/01/"
_PART = re.compile(r"[A-Z0-9_-]{1,20}\Z")
_BASE = re.compile(r"https://[a-z0-9.-]+(?::[0-9]{1,5})?\Z")


@dataclass(frozen=True, slots=True)
class DigitalLink:
    """Hold what an address names: a product, and perhaps a lot of it and one box of the lot."""

    gtin: str
    lot: str = ""
    serial: str = ""

    def __post_init__(self) -> None:
        if not is_gtin(self.gtin):
            raise MalformedLink("a GTIN has 14 digits, the last one a check digit", gtin=self.gtin[:40])
        for name, text in (("lot", self.lot), ("serial", self.serial)):
            if text and not _PART.match(text):
                raise MalformedLink("lot and serial have 1 to 20 of A-Z, 0-9, - and _", field=name, text=text[:40])
        if self.serial and not self.lot:
            raise MalformedLink("a serial stands behind a lot", serial=self.serial)

    @property
    def path(self) -> str:
        """Return the path, from its first slash."""
        lot = f"/10/{self.lot}" if self.lot else ""
        serial = f"/21/{self.serial}" if self.serial else ""
        return f"/01/{self.gtin}{lot}{serial}"

    @property
    def lot_id(self) -> str:
        """Return the lot id, or an empty text where the address names a product only."""
        return f"gs1:01/{self.gtin}/10/{self.lot}" if self.lot else ""


@dataclass(frozen=True, slots=True)
class CodeLink:
    """Hold the code of a lot that has no GTIN."""

    code: str

    def __post_init__(self) -> None:
        if not is_code_text(self.code):
            raise MalformedLink("a code has 15 characters and a check character", code=self.code[:40])

    @property
    def path(self) -> str:
        """Return the path, from its first slash."""
        return f"/p/{self.code}"

    @property
    def lot_id(self) -> str:
        """Return the lot id."""
        return f"p:{self.code}"


def parse_path(path: str) -> DigitalLink | CodeLink:
    """Read the path of an address.

    Args:
        path: such as `/01/09520000000264/10/26GW-SEA1` or `/p/91BGH5VVASFQEG1K`.

    Raises:
        MalformedLink: neither form, or a wrong check digit.
    """
    parts = path.split("/")
    if parts[:2] == ["", "p"] and len(parts) == 3:
        return CodeLink(normal_code(parts[2]))
    names = parts[1::2]
    if parts[0] != "" or len(parts) % 2 == 0 or names not in (["01"], ["01", "10"], ["01", "10", "21"]):
        raise MalformedLink("the address has the form /01/<gtin>/10/<lot>[/21/<serial>] or /p/<code>", path=path[:120])
    values = parts[2::2]
    if not all(values):
        raise MalformedLink("a part of the address is empty", path=path[:120])
    return DigitalLink(*values)


def link_of(lot: str) -> DigitalLink | CodeLink:
    """Return the link of a lot id.

    Raises:
        MalformedLink: not a lot id, or a wrong check digit.
    """
    if not is_lot_id(lot):
        raise MalformedLink("a lot id is gs1:01/<gtin14>/10/<lot> or p:<code>", lot=lot[:80])
    if lot.startswith("p:"):
        return CodeLink(lot[2:])
    return DigitalLink(lot[7:21], lot[25:])


def uri_of(lot: str, *, base_url: str) -> str:
    """Return the address that a lot's label carries."""
    return check_base(base_url) + link_of(lot).path


def check_base(base_url: str) -> str:
    """Return a service's address without a trailing slash.

    Raises:
        MalformedLink: not https, upper-case letters, or anything behind host and port.
    """
    base = base_url.removesuffix("/")
    if not _BASE.match(base):
        raise MalformedLink("a service's address is https://<host>[:port]", base_url=base_url[:120])
    return base


def normal_code(text: str) -> str:
    """Return a code as people type it in its one spelling: upper case, without hyphens, O for 0, I and L for 1.

    Source: Crockford's base32.
    """
    return text.upper().replace("-", "").translate(str.maketrans("OIL", "011"))
