"""Make signed entries with real keys, one chain per key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from iocore.times import FixedClock, parse_time
from ledger.book.entry import Entry, parse_entry, sign_entry
from ledger.book.item import make_item, salt_text
from ledger.book.keyring import make_proof
from ledger.log.signer import Signer
from ledger.openings import Openings
from ledger.service import Ledger
from ledger.store.sql import SqlLogStore

Note = tuple[bytes, list[str]]
NOW = parse_time("2026-07-01T00:00:00Z")
LOG = Signer.from_seed("log.example/2026", b"L" * 32)
SEAL = b"S" * 32


def actor_id(name: str) -> str:
    """Return the pseudonym of a test name."""
    return "a_" + sha256(name.encode()).hexdigest()[:16].translate(str.maketrans("0189", "wxyz"))


class Desk:
    """Sign entries for several keys, and keep their chains.

    Args:
        seed: makes keys and salts differ between desks.
    """

    def __init__(self, seed: str = "desk") -> None:
        self._seed = seed
        self._heads: dict[str, tuple[int, str]] = {}
        self._salts = 0
        self.registrar = self.signer("registrar")

    def signer(self, name: str, label: str = "k1") -> Signer:
        """Return the key of a test name."""
        return Signer.from_seed(f"{actor_id(name)}/{label}", sha256(f"{self._seed} {name} {label}".encode()).digest())

    def note(
        self,
        signer: Signer,
        kind: str,
        data: Mapping[str, Any],
        items: Sequence[tuple[str, Mapping[str, Any]]] = (),
        *,
        actor: str = "",
        keep: bool = True,
        **fields: Any,
    ) -> Note:
        """Sign the next entry of a key.

        Args:
            signer: the key.
            kind: what happened.
            data: public facts.
            items: names and values.
            actor: whose book, by default the key's owner.
            keep: advance the chain; not for a second text of one number.
            **fields: other fields of the entry.
        """
        seq, prev = self._heads.get(signer.name, (0, "0" * 64))
        made = [make_item(self._salt(), name, value) for name, value in items]
        owner = signer.name.partition("/")[0]
        values: dict[str, Any] = {"event_time": "2026-06-01T00:00:00Z", "seq": seq + 1, "prev": prev, **fields}
        entry = Entry(
            actor=actor or owner,
            recorded_by=owner,
            kind=kind,
            data=dict(data),
            items=tuple(sorted(item.digest for item in made)),
            **values,
        )
        note = sign_entry(entry, signer)
        if keep:
            self._heads[signer.name] = values["seq"], parse_entry(note).entry_id
        return note, [item.text for item in made]

    def open_log(self) -> Note:
        """Return entry 0: the registrar registers itself."""
        return self._key(self.registrar, ["registrar"])

    def register(self, name: str, *, names: int = 1) -> list[Note]:
        """Return the registration of an actor and its first key."""
        texts = [("name", {"lang": "zh", "text": f"{name}的秘密{number}"}) for number in range(names)]
        actor = self.note(
            self.registrar, "register_actor", {"keeper": "", "roles": ["grower"]}, texts, actor=actor_id(name)
        )
        return [actor, self._key(self.signer(name), ["actor"])]

    def second_key(self, name: str, label: str = "k2") -> Note:
        """Return the registration of a further key."""
        return self._key(self.signer(name, label), ["actor"])

    def facility(self, name: str, number: int, **fields: Any) -> Note:
        """Return a facility's registration by its actor, with its place as an item."""
        place = [("place", {"text": f"{name}的果园{number}"})]
        facility = "f_" + actor_id(f"{name}{number}")[2:]
        return self.note(
            self.signer(name), "register_facility", {"type": "orchard"}, place, facility=facility, **fields
        )

    def _key(self, signer: Signer, roles: list[str]) -> Note:
        data = {"keeper": "", "proof": make_proof(signer), "roles": roles, "vkey": signer.public_key.encode()}
        return self.note(self.registrar, "register_key", data, actor=signer.name.partition("/")[0])

    def _salt(self) -> str:
        self._salts += 1
        return salt_text(sha256(f"{self._seed} {self._salts}".encode()).digest()[:16])


def open_ledger(place: Path | str, *, log: Signer = LOG, seal: bytes = SEAL) -> Ledger:
    """Open the ledger of a folder or of a database address."""
    store = SqlLogStore(place if isinstance(place, str) else f"sqlite:///{place}/ecarbon.db")
    return Ledger(store, log, Openings(store, seal), FixedClock(NOW))
