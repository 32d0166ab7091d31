"""Make a study from a home: choose its lots, assess them by value and by mass, and say what all of it rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from iocore.errors import IOCoreError
from ledger.log.checkpoint import open_checkpoint
from passport.assess import Assessment, assess, earlier_sizes
from passport.bench import Bench
from passport.calculation import Builder
from passport.choice import method_of
from passport.claims import refuse_market_name
from passport.errors import PassportError
from passport.factor_proof import factor_set_digest
from passport.facts import LOCAL
from passport.footprint import ProductFootprint
from passport.methodology import Methodology
from passport.quantities import Desk
from passport.study import Study
from passport.study_build import put_together
from web.config import version

if TYPE_CHECKING:
    from ledger.book.state import Book
    from web.services import Services


@dataclass(frozen=True, slots=True)
class UsedSet:
    """Hold one factor set that the figures rest on."""

    set_id: str
    title: str
    licence: str
    digest: str
    rows: int


@dataclass(frozen=True, slots=True)
class Frame:
    """Hold what stands around a study.

    Args:
        names: name of the product by language, `zh` and `en`.
        kind: kind of product.
        varieties: codes of its varieties.
        gtins: product numbers.
        places: where the facilities are that entries were cited from, as far as that is registered.
        origin, size, root: the log that was read.
        sets: factor sets used.
        software: name and version of this software.
        seed: start of the random draws.
    """

    names: Mapping[str, str]
    kind: str
    varieties: tuple[str, ...]
    gtins: tuple[str, ...]
    places: tuple[str, ...]
    origin: str
    size: int
    root: str
    sets: tuple[UsedSet, ...]
    software: str
    seed: int


def make_study(
    services: Services,
    product: str,
    season: str,
    *,
    methodology: str | None,
    seed: int,
    step: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Study, Frame] | None:
    """Make the study of a product and season; None where it has no lot, or none that can be assessed.

    Args:
        services: the home.
        product: GTIN, or the code of a kind of product such as `fresh`.
        season: year of harvest.
        methodology: code of the method; by default that of the product.
        seed: start of the random draws.
        step: told how many lots are assessed.
    """
    book = services.ledger.book()
    harvested = lots_of(book, product, season)
    if not harvested:
        return None
    method = method_of(book, next(iter(harvested)), methodology)
    by_mass = replace(method, policy=replace(method.policy, by_value=False))
    chosen: list[Assessment] = []
    other: list[ProductFootprint] = []
    refused: dict[str, str] = {}
    desks = [Desk(Bench(Builder(), services.library, one)) for one in (method, by_mass)]
    for done, lot in enumerate(harvested):
        step(done, len(harvested))
        if book.lots[lot].written_off_by is not None:
            refused[lot] = ""
            continue
        earlier = [services.ledger.book(size) for size in earlier_sizes(book, lot)]
        try:
            pair = [
                _assess(services, book, lot, one, desk, earlier, judged=one is method)
                for one, desk in zip((method, by_mass), desks, strict=True)
            ]
        except (PassportError, IOCoreError) as problem:
            refused[lot] = f"{problem.code}: {problem}"
            continue
        chosen.append(pair[0])
        other.append(pair[1].footprint)
    if not chosen:
        return None
    study = put_together(
        book,
        chosen,
        other,
        product=product,
        season=season,
        harvested=harvested,
        refused=refused,
        seed=seed,
        library=services.library,
    )
    return study, _frame(services, book, study, method, seed)


def lots_of(book: Book, product: str, season: str) -> dict[str, tuple[str, str]]:
    """Find the lots of a product that are not used up and were picked in a season, with their days of harvest."""
    found: list[tuple[tuple[str, str], int, str]] = []
    for lot in book.lots.values():
        registered = book.products.get(lot.product_gtin)
        if book.consumer_of(lot.id) is not None or registered is None:
            continue
        if product not in (lot.product_gtin, lot.product_gtin.lstrip("0"), registered.kind):
            continue
        days = sorted(
            (one.origin.event_time + LOCAL).date().isoformat()
            for one in (book.lots[name] for name in book.ancestors(lot.id) if book.has_lot(name))
            if one.origin.kind == "harvest"
        )
        if days and days[-1][:4] == season:
            found.append(((days[0], days[-1]), lot.origin.index, lot.id))
    return {lot: days for days, _, lot in sorted(found)}


def _assess(
    services: Services,
    book: Book,
    lot: str,
    method: Methodology,
    desk: Desk,
    earlier: Sequence[Book],
    *,
    judged: bool,
) -> Assessment:
    return assess(
        book,
        lot,
        library=services.library,
        methodology=method,
        tree_size=book.size,
        earlier=earlier,
        desk=desk,
        judged=judged,
    )


def _frame(services: Services, book: Book, study: Study, method: Methodology, seed: int) -> Frame:
    head = open_checkpoint(services.ledger.checkpoint(), services.ledger.log_key)
    gtins = tuple(sorted({book.lots[lot.found.lot].product_gtin for lot in study.lots}))
    rows = Counter(one.row_id.rpartition(":")[0] for one in study.factors)
    sets = [services.library.set(name) for name in sorted(rows)]
    return Frame(
        names=_names(book, gtins),
        kind=book.products[gtins[0]].kind,
        varieties=tuple(sorted({book.products[gtin].variety for gtin in gtins})),
        gtins=gtins,
        places=_places(book, study),
        origin=head.origin,
        size=book.size,
        root=head.root.hex(),
        sets=tuple(UsedSet(one.id, one.title, one.licence, factor_set_digest(one), rows[one.id]) for one in sets),
        software=f"ecarbon-passport {version()}",
        seed=seed,
    )


def _places(book: Book, study: Study) -> tuple[str, ...]:
    """Name the regions of the facilities whose entries are cited."""
    facilities = {one.facility for one in study.entries} & set(book.facilities)
    items = [item for name in facilities for item in book.facilities[name].registration.named("place")]
    return tuple(sorted({item.get("region") or item.get("country") for item in items} - {""}))


def _names(book: Book, gtins: Sequence[str]) -> dict[str, str]:
    """Name the product, each name once; a brand that implies a claim stands in no English text."""
    names: dict[str, list[str]] = {"zh": [], "en": []}
    for gtin in gtins:
        items = [item for item in book.products[gtin].registration.items if item.audience == "public"]
        chinese = [item.get("text") for item in items if item.name == "name" and item.get("lang").startswith("zh")]
        english = [item.get("text") for item in items if item.name == "name_eu" and item.get("lang") == "en"]
        english += [item.get("text") for item in items if item.name == "name" and item.get("lang") == "en"]
        names["zh"].append(refuse_market_name(chinese[0], market="CN") if chinese else gtin)
        names["en"].append(refuse_market_name(english[0], market="EU") if english else gtin)
    return {"zh": "、".join(dict.fromkeys(names["zh"])), "en": ", ".join(dict.fromkeys(names["en"]))}
