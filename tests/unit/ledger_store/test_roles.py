"""Run the service under the role that README.md describes, which may not change what the log holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import StoreConflict, StoreUnavailable
from ledger.fsck import fsck
from ledger.store import protection
from ledger.store.access import AccessLog, AccessRow
from ledger.store.base import CosignatureRow
from ledger.store.engine import vacuum
from passport.store import PENDING, PassportRow, PassportStore
from tests.support.postgres import SKIPPED, Postgres, server_with_password
from tests.unit.ledger_store.notes import LOG, Desk, open_ledger

ROOT = Path(__file__).resolve().parents[3]
OWNER = "owner:another@"


@pytest.fixture(scope="module")
def far() -> Iterator[Postgres]:
    """Give a server with passwords."""
    with server_with_password() as found:
        if found is None:
            pytest.skip(SKIPPED)
        yield found


def statements(schema: str) -> str:
    """Return what README.md says to run, for another schema."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    start = text.index("    CREATE ROLE ecarbon_service")
    return text[start : text.index("\n\n", start)].replace("SCHEMA public", f"SCHEMA {schema}")


def test_the_role_of_the_service_appends_and_erases_and_changes_nothing(far: Postgres) -> None:
    import psycopg

    address = far.store()
    schema = address.rpartition("=")[2]
    with far.connect() as connection:
        connection.execute("CREATE ROLE owner LOGIN CREATEROLE PASSWORD 'another'")
        connection.execute(f"ALTER SCHEMA {schema} OWNER TO owner")
    owned = address.replace("service:a%20secret@", OWNER)
    served = address.replace("service:a%20secret@", "ecarbon_service:choose%20one@")
    desk, first = Desk(), open_ledger(owned)
    first.submit([desk.open_log()])
    again = statements(schema).partition("\n")[2]
    for text in (statements(schema), again):
        with psycopg.connect(owned.replace("+psycopg", "")) as connection:
            connection.execute(text)

    ledger = open_ledger(served)
    engine = ledger.store.engine  # type: ignore[attr-defined]
    registered = ledger.submit([*desk.register("zhang"), *desk.register("li")])
    twin = desk.facility("zhang", 1, keep=False)
    assert [one.status for one in ledger.submit([desk.facility("zhang", 2), twin])] == ["logged", "refused"]
    AccessLog(engine).add([AccessRow("2026-06-01T00:00:00Z", "bank", "partner", "items", "a_", "00")])
    with ledger.store.write() as writer:
        writer.add_cosignatures([CosignatureRow(ledger.size, "a key", "a line")])
    _use_passports(PassportStore(engine))
    assert ledger.erase([registered[0].entry_id]) == 1, "openings are the service's own, to be cleaned"
    with pytest.raises(StoreConflict, match="role that owns the tables"):
        ledger.reindex()
    with pytest.raises(StoreUnavailable, match="does not own"):
        vacuum(engine, ["entry"])
    for table, keys in protection.KEYS.items():
        for text in (
            f"UPDATE {table} SET {keys[0]} = {keys[0]}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            f"DROP TABLE {table}",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"DROP TRIGGER {table}_no_delete ON {table}",
        ):
            if (table, text[:6]) == ("tile", "UPDATE"):
                continue  # Tiles grow, so it is the trigger that refuses.
            with (
                pytest.raises(psycopg.errors.InsufficientPrivilege),
                psycopg.connect(served.replace("+psycopg", "")) as connection,
            ):
                connection.execute(text)
    assert open_ledger(owned).reindex() == 0
    assert ledger.submit([desk.facility("li", 1)])[0].status == "logged"
    found = fsck(ledger.store, LOG.public_key, ledger.openings)
    assert {one.table for one in found} == {"cosignature", "opening"}, (
        "the line that is none, and what was erased by hand"
    )


def _use_passports(records: PassportStore) -> None:
    """Do with passports whatever the service does."""
    records.touch_list("main", at="2026-06-01T00:00:00Z")
    for number, uuid in enumerate(("one", "two")):
        texts = dict.fromkeys(PassportRow.__slots__, "") | {"uuid": uuid, "status": PENDING, "status_list": "main"}
        places = {"tree_size": 1, "status_index": number}
        records.add(PassportRow(**texts | dict.fromkeys(("credential", "calculation", "pact"), b"") | places))  # type: ignore[arg-type]
    records.activate("one", entry_id="00")
    records.discard("two")
    records.replace_calculation("one", b"{}")
    records.revoke("one", reason="a test", at="2026-06-02T00:00:00Z")
    records.refresh_list("main", at="2026-06-03T00:00:00Z")
