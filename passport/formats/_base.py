"""Describe an outgoing format, and what it may draw on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from iocore.registry import discover
from passport.disclosure import Disclosure
from passport.errors import PassportNotFound


@dataclass(frozen=True, slots=True)
class Material:
    """Hold one passport for export.

    Args:
        credential: JCS bytes, with proof.
        jwt: compact `vc+jwt`.
        pact: JCS bytes of the PACT footprint, with its present status.
        disclosure: the carbon part.
        bundle: makes the bundle of the audience that was asked for.
    """

    credential: bytes
    jwt: str
    pact: bytes
    disclosure: Disclosure
    bundle: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """Hold one outgoing format.

    Args:
        code: name on the command line.
        suffix: end of the file name.
        media_type: what a server answers.
        render: writes the bytes.
        audienced: whether the bytes depend on the audience.
    """

    code: str
    suffix: str
    media_type: str
    render: Callable[[Material], bytes]
    audienced: bool = False


@cache
def formats() -> Mapping[str, Format]:
    """Return every installed format by code."""
    return discover("passport.formats", "FORMAT")


def passport_format(code: str) -> Format:
    """Look a format up.

    Raises:
        PassportNotFound: it is not installed.
    """
    found = formats().get(code)
    if found is None:
        raise PassportNotFound("no passport format of this name", format=code, known=sorted(formats()))
    return found
