"""Draft a passport: from the gathered entries to a signed credential and the row that will be stored."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any

from iocore.factors import FactorLibrary
from ledger.book.entry import Entry, sign_entry
from ledger.book.state import Book
from ledger.errors import SequenceGap
from ledger.ids import NO_ENTRY
from ledger.log.canonical import jcs
from ledger.service import Ledger
from passport.assess import Assessment, assess, earlier_sizes
from passport.calculation import Calculation
from passport.disclosure import Boundary, ordered_labels
from passport.document import (
    Lineage,
    Market,
    PassportContent,
    Phase,
    Predecessor,
    build_credential,
    credential_digest,
)
from passport.errors import AssessmentRefused, IssueRefused
from passport.facts import facts_of
from passport.footprint import ProductFootprint
from passport.formats.pact import PactContext, product_footprint
from passport.issuer import Issuer
from passport.lineage import Gathered
from passport.packing import FactorShelf
from passport.proof import add_proof, to_jwt
from passport.store import PENDING, PassportRow

ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Hold what is asked for when a passport is issued.

    Args:
        lot: lot id.
        phase, market, boundary: as in `PassportService.issue`.
        uuid: identifier of the version.
        created: RFC 3339; also the beginning of validity.
        valid_until: RFC 3339.
        status: name, address and index in the status list.
        earlier: the version before, if any.
    """

    lot: str
    phase: Phase
    market: Market
    boundary: Boundary | None
    uuid: str
    created: str
    valid_until: str
    status: tuple[str, str, int]
    earlier: PassportRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Hold a signed passport that the log does not have yet."""

    order: Order
    lineage: Lineage
    digest: str
    row: PassportRow

    def entry_data(self) -> dict[str, Any]:
        """Return the data of the `passport` entry."""
        return {
            "credential": self.digest,
            "lineage": self.lineage.to_json(),
            "passport": self.order.uuid,
            "phase": self.order.phase,
        }


def draft(
    order: Order,
    gathered: Gathered,
    *,
    issuer: Issuer,
    base_url: str,
    library: FactorLibrary,
    shelf: FactorShelf,
    methodology: str | None,
    secret: bytes,
) -> Draft:
    """Assess a lot and sign its passport.

    Args:
        methodology: code of the method; None for that of the lot's product.

    Raises:
        LotNotFound: no entry creates the lot.
        MethodologyNotFound: the method is not installed.
        IssueRefused: something that every passport states is missing; the message says what.
        ClaimRefused: the product's name does not suit the market.
    """
    book, beyond = gathered.fold()
    facts = facts_of(book, order.lot, market=order.market)
    assessment = assess_gathered(gathered, book, library=library, methodology=methodology)
    footprint, method = assessment.footprint, assessment.methodology
    if facts.kind not in method.required:
        raise IssueRefused(
            "this method is not made for the product; name another one",
            methodology=method.code,
            product=facts.kind,
            known=sorted(method.required),
        )
    if order.phase == "final" and footprint.open_pools:
        raise IssueRefused("a final passport needs every shared period closed", open=list(footprint.open_pools))
    if footprint.exposed:
        raise IssueRefused(
            "this part of the footprint rests on one closed item and would give it away; open the item to the public",
            parts=list(footprint.exposed),
        )
    calculation = assessment.calculation(calculation_key(secret, order.uuid))
    sets = _sets(assessment, shelf)
    lineage = Lineage.of(gathered.entry_ids, gathered.tree_size)
    boundary: Boundary = order.boundary or ("delivered" if _goes_beyond(footprint) else "gate")
    content = PassportContent(
        uuid=order.uuid,
        base_url=base_url,
        issuer=(issuer.did, issuer.name),
        facts=facts,
        footprint=footprint,
        phase=order.phase,
        market=order.market,
        boundary=boundary,
        calculation_digest=calculation.root_digest,
        labels=ordered_labels(_public(calculation, assessment)),
        lineage=lineage,
        verdicts=beyond,
        factor_sets=sets,
        status=order.status[1:],
        valid_from=order.created,
        valid_until=order.valid_until,
        predecessor=_predecessor(order.earlier, base_url),
    )
    unsigned = build_credential(content)
    credential = add_proof(unsigned, signer=issuer.signer, method=issuer.method, created=order.created)
    row = PassportRow(
        uuid=order.uuid,
        lot=order.lot,
        phase=order.phase,
        market=order.market,
        boundary=boundary,
        status=PENDING,
        created=order.created,
        credential=jcs(credential),
        jwt=to_jwt(unsigned, signer=issuer.signer, kid=issuer.kid),
        calculation=jcs(calculation.to_json()),
        pact=jcs(product_footprint(footprint, facts, _pact_context(order, issuer, base_url, assessment.ratings, sets))),
        lineage=",".join(str(index) for index in gathered.indexes),
        tree_size=gathered.tree_size,
        entry_id="",
        status_list=order.status[0],
        status_index=order.status[2],
        supersedes=order.earlier.uuid if order.earlier is not None else "",
        revoked_reason="",
        revoked_at="",
    )
    return Draft(
        order=order,
        lineage=lineage,
        digest=credential_digest(unsigned),
        row=row,
    )


def assess_gathered(gathered: Gathered, book: Book, *, library: FactorLibrary, methodology: str | None) -> Assessment:
    """Assess the lot whose entries were gathered and folded.

    Raises:
        LotNotFound: no entry creates the lot.
        IssueRefused: a mass, a weight or an opening is missing.
    """
    try:
        return assess(
            book,
            gathered.lot,
            library=library,
            methodology=methodology,
            tree_size=gathered.tree_size,
            rated=True,
            earlier=[gathered.book(size) for size in earlier_sizes(book, gathered.lot)],
        )
    except AssessmentRefused as error:
        raise IssueRefused(f"the lot cannot be assessed: {error.message}", **error.context) from error


def append_passport(ledger: Ledger, issuer: Issuer, drafted: Draft) -> str:
    """Append the `passport` entry of a draft and return its id.

    Raises:
        IssueRefused: the ledger does not take it.
        StoreUnavailable: it is unknown whether it was stored.
    """
    signer, order = issuer.signer, drafted.order
    for _ in range(ATTEMPTS):
        with ledger.store.read() as reader:
            head = reader.head(signer.name)
        entry = Entry(
            actor=issuer.actor,
            recorded_by=issuer.actor,
            kind="passport",
            seq=head.seq + 1 if head else 1,
            prev=head.entry_id if head else NO_ENTRY,
            event_time=order.created,
            lots=(order.lot,),
            data=drafted.entry_data(),
            refs=(order.earlier.entry_id,) if order.earlier is not None else (),
        )
        result = ledger.submit([(sign_entry(entry, signer), ())])[0]
        if result.status == "logged":
            return result.entry_id
        problem = result.problem or {}
        if result.status != "refused" or problem.get("code") != SequenceGap.code:
            raise IssueRefused("the ledger does not take the passport's entry", problem=problem)
    raise IssueRefused("other entries of the issuer's key came in between; try again")


def calculation_key(secret: bytes, uuid: str) -> bytes:
    """Return the key from which the salts of one passport's calculation are derived."""
    return hmac.new(secret, f"ecarbon/calculation@v1\n{uuid}".encode("ascii"), sha256).digest()


def _public(calculation: Calculation, assessment: Assessment) -> Calculation:
    """Seal a calculation as the public will see it."""
    return calculation.seal(lambda node: assessment.audiences.get(node.text("item")) != "public")


def _sets(assessment: Assessment, shelf: FactorShelf) -> Mapping[str, tuple[str, int]]:
    return {name: shelf.claim(name) for name in sorted({row.rpartition(":")[0] for row in assessment.used_rows})}


def _goes_beyond(footprint: ProductFootprint) -> bool:
    return any(stage.phase == "after" for stage in footprint.delivered.by_stage)


def _predecessor(earlier: PassportRow | None, base_url: str) -> Predecessor | None:
    if earlier is None:
        return None
    return Predecessor(f"{base_url}/passports/{earlier.uuid}", sha256(earlier.credential).hexdigest())


def _pact_context(
    order: Order, issuer: Issuer, base_url: str, ratings: Mapping[str, Decimal], sets: Iterable[str]
) -> PactContext:
    return PactContext(
        uuid=order.uuid,
        base_url=base_url,
        created=order.created,
        company=(issuer.name, issuer.slug),
        preceding=(order.earlier.uuid,) if order.earlier is not None else (),
        sources=tuple((name.partition(":")[0], name.partition(":")[2]) for name in sorted(sets)),
        ratings=ratings,
    )
