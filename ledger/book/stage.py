"""Describe a stage of a lot's life and the slots that its activities fill.

A slot is one question, such as how much urea a facility used in a period. A mandatory slot must be closed by a
value, an explicit zero with its reason, or a default that the passport names as such.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal

from iocore.registry import discover


@dataclass(frozen=True, slots=True)
class Slot:
    """Describe one slot.

    Args:
        code: name, permanent once signed.
        unit: unit that a quantity must convert to.
        mandatory: whether leaving it out is shown as missing.
        main_gas: gas that carries most of its carbon.
        io_closable: whether an input-output default, which knows CO2 only, may stand for it.
        information: whether it is shown but never counted.
        zero_needs_document: whether an explicit zero needs a document item beside it.
        needs: fields of its item without which a quantity is not counted, and which no other slot may state.
        stock: whether it is held rather than used up, so that a quantity stands for the days of its period.
        packaging: whether it is part of what holds the product.
    """

    code: str
    unit: str
    mandatory: bool = False
    main_gas: str = "CO2"
    io_closable: bool = True
    information: bool = False
    zero_needs_document: bool = False
    stock: bool = False
    packaging: bool = False
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StageType:
    """Describe one stage.

    Args:
        code: name, permanent once signed.
        order: place in the life cycle; neighbours have neighbouring numbers.
        slots: what may be reported.
        allocation: how a pool is shared before its close: by `mass`, or by `mass_days`.
    """

    code: str
    order: int
    slots: tuple[Slot, ...] = ()
    allocation: Literal["mass", "mass_days"] = "mass"

    def slot(self, code: str) -> Slot | None:
        """Find a slot of this stage, or one that every stage has."""
        return next((slot for slot in self.slots + COMMON_SLOTS if slot.code == code), None)

    @property
    def mandatory(self) -> tuple[Slot, ...]:
        """Give the slots that must be closed."""
        return tuple(slot for slot in self.slots if slot.mandatory)


COMMON_SLOTS: Final = (
    Slot("waste_compost", "kg", main_gas="CH4", io_closable=False),
    Slot("waste_landfill", "kg", main_gas="CH4", io_closable=False),
    Slot("waste_digestion", "kg", main_gas="CH4", io_closable=False),
    Slot("waste_incineration", "kg", main_gas="N2O", io_closable=False),
    Slot("waste_feed", "kg"),
)

#: Refrigerants with a warming potential, by the end of their slots' codes.
REFRIGERANT_GASES: Final[Mapping[str, str]] = {
    code.lower(): code for code in ("R134A", "R22", "R32", "R404A", "R407C", "R410A", "R507A")
}
#: What leaked, known by the weight that was topped up; of what leaks unnoticed, the charge that is held.
REFRIGERANTS: Final = (
    *(Slot(f"refrigerant_{code}", "kg", main_gas=gas, io_closable=False) for code, gas in REFRIGERANT_GASES.items()),
    Slot("refrigerant_ammonia", "kg", io_closable=False),
    Slot("refrigerant_co2", "kg", io_closable=False),
    *(
        Slot(f"charge_{code}", "kg", main_gas=gas, io_closable=False, stock=True)
        for code, gas in REFRIGERANT_GASES.items()
    ),
)
#: What heat and engines burn, beside grid electricity.
FUELS: Final = (
    Slot("diesel", "L"),
    Slot("lpg", "kg"),
    Slot("natural_gas", "m3"),
    Slot("coal", "kg"),
    Slot("wood", "kg", main_gas="CH4", io_closable=False),
)


@cache
def stages() -> Mapping[str, StageType]:
    """Give every stage by code, in the order of the codes."""
    return discover("ledger.book.stages", "STAGE")


@lru_cache(maxsize=4096)
def slot_type(stage: str, code: str) -> Slot | None:
    """Find the slot of a stage, by the codes of both; None where there is none."""
    kind = stages().get(stage)
    return None if kind is None else kind.slot(code)


def life_cycle() -> tuple[StageType, ...]:
    """Give every stage in the order of a lot's life."""
    return tuple(sorted(stages().values(), key=lambda stage: (stage.order, stage.code)))
