"""Grade and pack: sort, treat, box and ice.

`inbound_work` is the way of boxes, ice and the like to the house, where nobody stated the fuel for it.
"""

from __future__ import annotations

from ledger.book.stage import FUELS, Slot, StageType

STAGE = StageType(
    code="packing",
    order=30,
    slots=(
        Slot("electricity", "kWh", mandatory=True),
        Slot("board", "kg", mandatory=True, packaging=True),
        Slot("foam_box", "kg", packaging=True),
        Slot("film", "kg", packaging=True),
        Slot("ldpe_bag", "kg", packaging=True),
        Slot("hdpe_crate", "kg", packaging=True),
        Slot("pp_tray", "kg", packaging=True),
        Slot("pet_punnet", "kg", packaging=True),
        Slot("paper", "kg", packaging=True),
        Slot("pallet_wood", "kg", packaging=True),
        Slot("ice", "kg"),
        Slot("water", "m3"),
        Slot("sulphur", "kg"),
        Slot("dip_fungicide", "kg"),
        Slot("dip_acid", "kg"),
        Slot("inbound_work", "tkm"),
        *FUELS,
    ),
)
