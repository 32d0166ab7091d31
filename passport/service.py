"""Issue, supersede, revoke and hand out passports.

Issuing runs over exactly the entries that a checker will have: the lineage of the lot at the log's present size.
The `passport` entry is appended through the ledger before the passport is published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from iocore.factors import FactorLibrary
from iocore.times import Clock, format_time, parse_time
from ledger.log.canonical import jcs, jcs_decode
from ledger.service import Ledger
from passport.bundle import check_audience
from passport.calculation import Calculation
from passport.claims import refuse_claims
from passport.disclosure import Boundary, Disclosure, read_disclosure
from passport.document import Market, Phase, credential_digest
from passport.drafting import Order, append_passport, assess_gathered, draft
from passport.errors import IssueRefused, PassportConflict
from passport.formats._base import Format, Material, passport_format
from passport.formats.pact import with_log, with_status
from passport.issuer import Identifiers, Issuer
from passport.lineage import Gathered, LineageReader
from passport.link import check_base
from passport.packing import FactorShelf, opened_items, pack, seal_for
from passport.proof import add_proof
from passport.status import status_list_credential
from passport.store import ACTIVE, PassportRow, PassportStore, latest
from passport.trust import trust_file

YEAR = timedelta(days=365)
STATUS_LIST = "1"


class PassportService:
    """Issue passports for lots of one ledger.

    Args:
        ledger: the ledger.
        store: where passports are kept; the same database.
        issuer: who issues.
        library: factor sets.
        clock: says what time it is.
        base_url: the service's address, https.
        ids: draws identifiers.
        calculation_secret: 32 secret bytes from which the salts of calculations are derived.
        validity: how long a passport is valid.
        status_validity: how long a status list may be kept.
        policy: tlog-policy text of the trust file; without witnesses if empty.
    """

    def __init__(
        self,
        ledger: Ledger,
        store: PassportStore,
        issuer: Issuer,
        library: FactorLibrary,
        *,
        clock: Clock,
        base_url: str,
        ids: Identifiers,
        calculation_secret: bytes,
        validity: timedelta = 2 * YEAR,
        status_validity: timedelta = timedelta(days=7),
        policy: str = "",
    ) -> None:
        self.base_url = check_base(base_url)
        self.issuer = issuer
        self.store = store
        self._ledger = ledger
        self._library = library
        self._clock = clock
        self._ids = ids
        self._secret = calculation_secret
        self._validity = validity
        self._status_validity = status_validity
        self._policy = policy
        self._reader = LineageReader(ledger)
        self._shelf = FactorShelf(library)

    # --- issuing ---------------------------------------------------------------------------------------------------

    def issue(
        self,
        lot: str,
        *,
        phase: Phase = "provisional",
        market: Market = "CN",
        boundary: Boundary | None = None,
        methodology: str | None = None,
    ) -> PassportRow:
        """Issue a passport for a lot; an earlier one of the lot is superseded.

        Args:
            lot: lot id.
            phase: `provisional`, or `final` once every period that the lot shares is closed.
            market: `CN` or `EU`.
            boundary: which figure is the headline; by default `delivered` once anything beyond the gate is recorded.
            methodology: code of the method; by default that of the lot's product.

        Raises:
            LotNotFound: no entry creates the lot.
            MethodologyNotFound: the method is not installed.
            IssueRefused: something that every passport states is missing; the message says what.
            ClaimRefused: the product's name does not suit the market.
            StoreUnavailable: the log may or may not have the passport; `finish` finds out.
        """
        earlier = latest(self.store.find(lot=lot))
        now = self._clock.now()
        created = format_time(now)
        uuid = self._ids.uuid(lot, len(self.store.find(lot=lot)) + 1)
        index = self._ids.status_index(uuid, self.store.taken(STATUS_LIST))
        order = Order(
            lot=lot,
            phase=phase,
            market=market,
            boundary=boundary,
            uuid=uuid,
            created=created,
            valid_until=format_time(now + self._validity),
            status=(STATUS_LIST, self._list_url(STATUS_LIST), index),
            earlier=earlier,
        )
        drafted = draft(
            order,
            self._reader.gather(lot, self._ledger.size),
            issuer=self.issuer,
            base_url=self.base_url,
            library=self._library,
            shelf=self._shelf,
            methodology=methodology,
            secret=self._secret,
        )
        self.store.touch_list(STATUS_LIST, at=created)
        self.store.add(drafted.row)
        try:
            logged = append_passport(self._ledger, self.issuer, drafted)
        except IssueRefused:
            self.store.discard(uuid)
            raise
        self.store.activate(uuid, entry_id=logged)
        return self.store.get(uuid)

    def supersede(self, uuid: str, *, phase: Phase | None = None, methodology: str | None = None) -> PassportRow:
        """Issue a new version of a passport from what is recorded now, by the method of that passport.

        Args:
            uuid: the passport.
            phase: by default as before.
            methodology: code of another method: newer factors and rules count only when somebody asks for them.

        Raises:
            PassportNotFound: no such passport.
            PassportConflict: it is not the active one of its lot.
        """
        row = self.store.get(uuid)
        if row.status != ACTIVE:
            raise PassportConflict("only the active passport of a lot can be superseded", uuid=uuid, status=row.status)
        market: Market = "EU" if row.market == "EU" else "CN"
        same: Phase = "final" if row.phase == "final" else "provisional"
        method = methodology or self.disclosure(uuid).methodology
        return self.issue(row.lot, phase=phase or same, market=market, methodology=method)

    def exposed_changes(self, uuid: str) -> tuple[str, ...]:
        """Name the parts that differ from an earlier version by one closed item, which anybody can work out from both.

        Raises:
            PassportNotFound: no such passport.
            IssueRefused: an opening is missing by now.
        """
        gathered, method = self._gathered(self.store.get(uuid), "full"), self.disclosure(uuid).methodology
        found = assess_gathered(gathered, gathered.book(), library=self._library, methodology=method)
        return found.footprint.change_exposed

    def revoke(self, uuid: str, reason: str) -> PassportRow:
        """Revoke a passport that is wrong, fraudulent or withdrawn; its bit in the status list is set for good.

        Raises:
            PassportNotFound: no such passport.
            PassportConflict: it is revoked already.
        """
        if not reason.strip():
            raise PassportConflict("say why the passport is revoked", uuid=uuid)
        refuse_claims(reason, field="reason")
        self.store.revoke(uuid, reason=reason, at=format_time(self._clock.now()))
        return self.store.get(uuid)

    def finish(self) -> int:
        """Publish or drop what a crash left pending; return how many there were."""
        waiting = self.store.find(pending=True)
        logged = {
            str(entry.entry.data.get("passport")): entry.entry_id
            for entry in (self._reader.entries(self._ledger.size) if waiting else ())
            if entry.entry.kind == "passport"
        }
        for row in waiting:
            if row.uuid in logged:
                self.store.activate(row.uuid, entry_id=logged[row.uuid])
            else:
                self.store.discard(row.uuid)
        return len(waiting)

    # --- handing out -----------------------------------------------------------------------------------------------

    def get(self, uuid: str) -> PassportRow:
        """Return a passport."""
        return self.store.get(uuid)

    def find(self, lot: str | None = None) -> tuple[PassportRow, ...]:
        """Return the passports of a lot, or all, in the order in which they were made."""
        return self.store.find(lot=lot)

    def current(self, lot: str) -> PassportRow | None:
        """Return the passport that a label of the lot leads to, if there is any."""
        return latest(self.store.find(lot=lot))

    def disclosure(self, uuid: str) -> Disclosure:
        """Return the carbon part of a passport."""
        return read_disclosure(jcs_decode(self.get(uuid).credential)["credentialSubject"]["characteristics"])

    def disputed(self, uuid: str) -> tuple[str, ...]:
        """Name the entries behind a passport that lie in the disputed window of their key, as of now."""
        row = self.get(uuid)
        entries = self._reader.entries(row.tree_size)
        ids = [entries[index].entry_id for index in row.indexes]
        return self._ledger.disputed([*ids, row.entry_id] if row.entry_id else ids)

    def calculation(self, uuid: str, *, audience: str = "full") -> Calculation:
        """Return a passport's calculation, sealed for an audience and for what was erased."""
        row = self.get(uuid)
        whole = Calculation.from_json(jcs_decode(row.calculation))
        return seal_for(whole, opened_items(self._gathered(row, audience)))

    def bundle(self, uuid: str, audience: str = "full") -> bytes:
        """Return the bundle of a passport for an audience, made from what the log and the openings hold now.

        Raises:
            PassportNotFound: no such passport.
            MalformedBundle: no such audience.
        """
        row = self.get(uuid)
        credential = jcs_decode(row.credential)
        bundle = pack(
            row,
            audience=check_audience(audience),
            gathered=self._gathered(row, audience),
            reader=self._reader,
            ledger=self._ledger,
            shelf=self._shelf,
            did=self._issuer_of(credential).document(),
            status=self.status_list(row.status_list, issued_as=credential),
        )
        return bundle.encode()

    def export(self, uuid: str, code: str, *, audience: str = "public") -> tuple[Format, bytes]:
        """Return a passport in an outgoing format, and the format.

        Raises:
            PassportNotFound: no such passport, or no such format.
        """
        row, chosen = self.get(uuid), passport_format(code)
        material = Material(
            credential=row.credential,
            jwt=row.jwt,
            pact=self.pact(uuid),
            disclosure=self.disclosure(uuid),
            bundle=lambda: self.bundle(uuid, audience),
        )
        return chosen, chosen.render(material)

    def pact(self, uuid: str) -> bytes:
        """Return the PACT footprint of a passport with its present status and its place in the log."""
        row = self.get(uuid)
        receipt = self._ledger.receipt(row.entry_id)
        found = with_log(
            with_status(jcs_decode(row.pact), active=row.status == ACTIVE),
            base_url=self.base_url,
            credential_digest=credential_digest(jcs_decode(row.credential)),
            checkpoint=receipt.checkpoint.decode("utf-8"),
            leaf_index=receipt.index,
        )
        return jcs(found)

    def receipt(self, uuid: str) -> bytes:
        """Return the receipt of the `passport` entry."""
        return self._ledger.receipt(self.get(uuid).entry_id).encode()

    def did_document(self) -> dict[str, Any]:
        """Return the issuer's DID document."""
        return self.issuer.document()

    def status_list(self, name: str = STATUS_LIST, *, issued_as: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return a status list credential, signed, as of its last change or confirmation.

        Args:
            name: which list.
            issued_as: a credential whose list it is; it keeps that credential's addresses after the service moved.
        """
        issuer, url = self.issuer, self._list_url(name)
        if issued_as is not None:
            issuer, url = self._issuer_of(issued_as), issued_as["credentialStatus"]["statusListCredential"]
        updated = self.store.touch_list(name, at=format_time(self._clock.now()))
        start = parse_time(updated)
        credential = status_list_credential(
            url=url,
            issuer=issuer.did,
            revoked=self.store.revoked(name),
            valid_from=start,
            valid_until=start + self._status_validity,
        )
        return add_proof(credential, signer=issuer.signer, method=issuer.method, created=updated)

    def confirm_status(self) -> None:
        """Confirm every status list as of now, so that it stays fresh."""
        for name in self.store.status_lists():
            self.store.refresh_list(name, at=format_time(self._clock.now()))

    def trust_json(self, *, registrars: Iterable[str] = (), max_status_age_s: int | None = None) -> bytes:
        """Return a trust file for this log, its registrars and this issuer.

        Args:
            registrars: verifier keys; by default those that the log's first entry and its registrars name.
            max_status_age_s: how old a status list may be; by default as old as it may be kept.
        """
        keys = list(registrars) or [record.vkey for record in self._ledger.book().keyring.with_role("registrar")]
        return trust_file(
            log_key=self._ledger.log_key,
            registrars=keys,
            issuers={self.issuer.did: self.issuer.publics},
            policy=self._policy,
            max_status_age_s=int(self._status_validity.total_seconds())
            if max_status_age_s is None
            else max_status_age_s,
        )

    def seal_erased(self, entry_ids: Sequence[str]) -> int:
        """Seal what stored calculations still show of erased openings; return how many changed."""
        erased = set(entry_ids)
        changed = 0
        for row in self.store.find():
            calculation = Calculation.from_json(jcs_decode(row.calculation))
            sealed = calculation.seal(lambda node: node.text("entry") in erased)
            if sealed is not calculation:
                self.store.replace_calculation(row.uuid, jcs(sealed.to_json()))
                changed += 1
        if changed:
            self._ledger.store.compact()
        return changed

    # --- inside ----------------------------------------------------------------------------------------------------

    def _gathered(self, row: PassportRow, audience: str) -> Gathered:
        return self._reader.at(row.lot, row.tree_size, row.indexes, audience=audience)

    def _issuer_of(self, credential: Mapping[str, Any]) -> Issuer:
        """Return the issuer under the name that a credential gives it: that of the address as it then was."""
        return replace(self.issuer, did=credential["issuer"]["id"])

    def _list_url(self, name: str) -> str:
        return f"{self.base_url}/status/{name}"
