"""Grade and pack: sort, treat, box and ice."""

from __future__ import annotations

from ledger.book.stage import FUELS, Slot, StageType

STAGE = StageType(
    code="packing",
    order=30,
    slots=(
        Slot("electricity", "kWh", mandatory=True),
        Slot("board", "kg", mandatory=True),
        Slot("foam_box", "kg"),
        Slot("film", "kg"),
        Slot("ldpe_bag", "kg"),
        Slot("hdpe_crate", "kg"),
        Slot("pp_tray", "kg"),
        Slot("pet_punnet", "kg"),
        Slot("paper", "kg"),
        Slot("pallet_wood", "kg"),
        Slot("ice", "kg"),
        Slot("water", "m3"),
        Slot("sulphur", "kg"),
        Slot("dip_fungicide", "kg"),
        Slot("dip_acid", "kg"),
        *FUELS,
    ),
)
