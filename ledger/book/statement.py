"""Lay out what an envelope states, whether it is a first statement or an amendment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from iocore.times import Interval
from ledger.book.entry import SignedEntry
from ledger.book.model import period_of

AMEND = "amend"


class Statement(msgspec.Struct, frozen=True, gc=False):
    """Hold an envelope's content; that of an amendment has the kind and data that it puts in place.

    Args:
        index: place in the log.
        entry_id: id of the envelope that states it.
        key_name: key that signed.
        amends: id of the amended entry, or empty.
        kind: code of the kind; for an amendment, of what it amends.
        data: public facts; for an amendment, the replacement.
        outer: the envelope's own data.
    """

    index: int
    entry_id: str
    key_name: str
    amends: str
    kind: str
    actor: str
    recorded_by: str
    facility: str
    stage: str
    lots: tuple[str, ...]
    refs: tuple[str, ...]
    items: tuple[str, ...]
    event_time: str
    data: Mapping[str, Any]
    outer: Mapping[str, Any]

    @classmethod
    def of(cls, index: int, signed: SignedEntry) -> Statement:
        """Lay an envelope out."""
        entry = signed.entry
        amends, kind, data = "", entry.kind, entry.data
        if entry.kind == AMEND:
            inner_kind, inner_data = entry.data.get("kind"), entry.data.get("data")
            amends = entry.refs[0] if len(entry.refs) == 1 else ""
            kind = inner_kind if isinstance(inner_kind, str) else ""
            data = inner_data if isinstance(inner_data, dict) else {}
        return cls(
            index=index,
            entry_id=signed.entry_id,
            key_name=signed.key_name,
            amends=amends,
            kind=kind,
            actor=entry.actor,
            recorded_by=entry.recorded_by,
            facility=entry.facility,
            stage=entry.stage,
            lots=entry.lots,
            refs=entry.refs,
            items=entry.items,
            event_time=entry.event_time,
            data=data,
            outer=entry.data,
        )

    @property
    def is_amendment(self) -> bool:
        """Tell whether the envelope is an amendment, readable or not."""
        return self.data is not self.outer

    @property
    def outs(self) -> tuple[str, ...]:
        """Give the lots that it creates."""
        return texts(self.data.get("out"))

    @property
    def ins(self) -> tuple[str, ...]:
        """Give the lots that it uses up."""
        return texts(self.data.get("in"))

    @property
    def named(self) -> frozenset[str]:
        """Give every lot that it names anywhere."""
        return frozenset(self.lots + self.outs + self.ins)

    @property
    def period(self) -> Interval | None:
        """Give the period of its data, if it states a readable one."""
        return period_of(self.data)

    def text(self, name: str) -> str:
        """Give a text field of the data, or an empty text."""
        found = self.data.get(name, "")
        return found if isinstance(found, str) else ""


def texts(value: Any) -> tuple[str, ...]:
    """Keep the texts of a list; anything else is none."""
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list | tuple) else ()
