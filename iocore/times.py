"""Read and write instants in one spelling, compare intervals, and tell the time on request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, Protocol

from iocore.errors import MalformedTime

_SECOND: Final = timedelta(seconds=1)
_LAST: Final = datetime.max.replace(tzinfo=UTC)
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([0-9]{2}):[0-9]{2}:[0-9]{2}Z", re.ASCII)


def parse_time(text: str) -> datetime:
    """Read an RFC 3339 instant in UTC, in whole seconds and ending in `Z`.

    Raises:
        MalformedTime: any other spelling, an impossible date, or a value that is not text.
    """
    if not isinstance(text, str):
        raise MalformedTime("write the time as 2026-06-20T08:30:00Z", text=str(text)[:40])
    return _parse(text)


@lru_cache(maxsize=4096)
def _parse(text: str) -> datetime:
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise MalformedTime("write the time as 2026-06-20T08:30:00Z", text=text[:40])
    try:
        if match[1] > "23":
            raise ValueError("some versions of Python read hour 24 as the next day")
        return datetime.fromisoformat(text)
    except ValueError:
        raise MalformedTime("the calendar has no such moment", text=text) from None


def format_time(moment: datetime) -> str:
    """Write an aware instant as RFC 3339 in UTC.

    Raises:
        MalformedTime: the instant has no offset or holds a fraction of a second.
    """
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise MalformedTime("the instant has no time zone", text=moment.isoformat())
    if moment.microsecond:
        raise MalformedTime("the instant is finer than a second", text=moment.isoformat())
    moment = moment.astimezone(UTC)
    return f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}Z"


@dataclass(frozen=True, slots=True)
class Interval:
    """Span the time from its start, included, to its end, excluded."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise MalformedTime("an interval needs instants with a time zone")
        if not self.start < self.end:
            raise MalformedTime("an interval must end after it starts", start=str(self.start), end=str(self.end))

    @classmethod
    def from_json(cls, value: Any) -> Interval:
        """Read `{"start", "end"}` and nothing else.

        Raises:
            MalformedTime: another shape, or an interval that does not move forward.
        """
        if not isinstance(value, Mapping) or set(value) != {"start", "end"}:
            raise MalformedTime("an interval has a start and an end", text=str(value)[:80])
        start, end = value["start"], value["end"]
        if not (isinstance(start, str) and isinstance(end, str)):
            raise MalformedTime("write the time as 2026-06-20T08:30:00Z", text=str(value)[:80])
        return _between(start, end)

    @classmethod
    def second(cls, start: datetime) -> Interval:
        """Span one second, or what is left of the last one there is."""
        return cls(start, start + min(_SECOND, _LAST - start))

    def to_json(self) -> dict[str, str]:
        """Write `{"start", "end"}`."""
        return {"start": format_time(self.start), "end": format_time(self.end)}

    def overlaps(self, other: Interval) -> bool:
        """Tell whether some instant lies in both."""
        return self.start < other.end and other.start < self.end

    def contains(self, moment: datetime) -> bool:
        """Tell whether the instant lies inside."""
        return self.start <= moment < self.end

    @property
    def seconds(self) -> int:
        """Give the length in whole seconds."""
        length = self.end - self.start
        return length.days * 86400 + length.seconds


@lru_cache(maxsize=4096)
def _between(start: str, end: str) -> Interval:
    return Interval(parse_time(start), parse_time(end))


class Clock(Protocol):
    """Tell the present moment; the only source of `now`."""

    def now(self) -> datetime:
        """Give an aware UTC instant in whole seconds."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """Read the machine's clock."""

    def now(self) -> datetime:
        """Give the current second."""
        return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """Stand still at one instant, for tests and for the reproducible demo."""

    at: datetime

    def now(self) -> datetime:
        """Give the fixed instant."""
        return self.at
