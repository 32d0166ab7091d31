"""Send the same notes through the library and over HTTP: two doors to one ledger."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iocore.times import FixedClock
from ledger.fsck import fsck
from ledger.service import Ledger
from ledger.store.base import EquivocationRow
from tests.unit.ledger_store.notes import NOW, Desk, Note
from web.app import create_app
from web.config import load
from web.services import Services, build

DOORS = ("library", "http")


@dataclass
class House:
    """Hold a begun ledger with its registrar, and a way in."""

    services: Services
    desk: Desk
    send: Callable[[Sequence[Note]], list[dict[str, Any]]]
    over_http: bool
    get: Callable[[str], Any]

    @property
    def ledger(self) -> Ledger:
        """Return the ledger behind the door."""
        return self.services.ledger

    def one(self, note: Note) -> dict[str, Any]:
        """Send one note and return its result."""
        (result,) = self.send([note])
        return result

    def refused(self, note: Note, code: str, status: int) -> dict[str, Any]:
        """Send a note that must be refused and leave no leaf; return the problem."""
        before = self.ledger.size
        result = self.one(note)
        assert (result["status"], result["index"], result["receipt"]) == ("refused", None, None)
        problem: dict[str, Any] = result["problem"]
        assert problem["code"] == code, problem
        assert problem.get("status") == (status if self.over_http else None)
        assert self.ledger.size == before
        return problem

    def logged(self, *notes: Note) -> list[dict[str, Any]]:
        """Send notes that must take effect."""
        results = self.send(notes)
        assert [result["status"] for result in results] == ["logged"] * len(notes), results
        return results

    def evidence(self) -> list[EquivocationRow]:
        """Return the second texts that are kept."""
        with self.ledger.store.read() as reader:
            return list(reader.equivocations())

    def sound(self) -> bool:
        """Say whether the whole store agrees with itself."""
        return fsck(self.ledger.store, self.ledger.log_key, self.services.openings) == []


def house(folder: Path, door: str) -> House:
    """Begin a ledger in a folder with two actors, and open one door to it."""
    config = load({"ECARBON_HOME": str(folder), "ECARBON_BASE_URL": "https://passport.example"})
    services = build(config, clock=FixedClock(NOW))
    client = create_app(config, services).test_client()

    def library(notes: Sequence[Note]) -> list[dict[str, Any]]:
        return [result.to_json() for result in services.ledger.submit(notes)]

    def http(notes: Sequence[Note]) -> list[dict[str, Any]]:
        body = {"entries": [{"note": note.decode(), "items": list(items)} for note, items in notes]}
        answer = client.post("/api/v1/entries", json=body)
        assert answer.status_code == 200
        results: list[dict[str, Any]] = json.loads(answer.data)["results"]
        return results

    desk = Desk()
    assert services.registrar is not None
    desk.registrar = services.registrar
    over_http = door == "http"
    made = House(services, desk, http if over_http else library, over_http, lambda path: client.get(path).get_json())
    made.logged(desk.open_log(), *desk.register("zhang"), *desk.register("li"))
    return made
