"""Whatever a stage, a slot, a form or a variety is called in the catalogues can be written into a file."""

from __future__ import annotations

from ledger.book.product import products
from ledger.book.stage import COMMON_SLOTS, stages
from passport.i18n import catalogue
from web.imports.row import Choices, header_key
from web.imports.vocabulary import forms, slots_named, stages_named, varieties


def meant(choices: Choices, word: str) -> str:
    wanted = header_key(word)
    return next(code for code, names in choices.items() if wanted in (code, *map(header_key, names)))


def test_every_stage_and_slot_can_be_written_by_code_and_no_word_means_two_slots_of_one_stage() -> None:
    for stage in stages().values():
        assert meant(stages_named(), stage.code) == stage.code
        for slot in (*stage.slots, *COMMON_SLOTS):
            assert meant(slots_named(), slot.code) == slot.code
        words: dict[str, str] = {}
        for slot in stage.slots:
            for word in {header_key(name) for name in slots_named()[slot.code]}:
                assert words.setdefault(word, slot.code) == slot.code, (stage.code, word)


def test_what_has_no_words_of_its_own_is_named_as_in_the_catalogue() -> None:
    names = catalogue("zh-Hans")
    assert slots_named()["glass_bottle"][0] == names.name("slot", "glass_bottle") == "玻璃瓶"
    assert stages_named()["wine"][0] == names.name("stage", "wine")
    assert set(forms()) == set(products()) and forms()["dried"][:1] == ("干果",)
    assert set(varieties()) == {"guiwei", "nuomici"} and varieties()["guiwei"][0] == "桂味"
