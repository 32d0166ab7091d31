"""A merchant enters a whole lot that is gone as a row of the hand-over slip, in Chinese or in English."""

from __future__ import annotations

from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from ledger.book.kinds.loss import Treatment
from ledger.book.kinds.write_off import WriteOff
from tests.support.demo_season import season, sign_file, sign_season
from web.cli.carbon import CAUSE_MESSAGES
from web.imports.history import History
from web.imports.vocabulary import TREATMENT, WRITE_OFF_CAUSE

ZH = "交接单号,日期,动作,负责人,对方,场所,批次,净重(公斤),环节,损耗原因,处理方式,凭证,备注\n"
EN = "slip,date,action,actor,counterpart,facility,lot,net mass (kg),stage,cause of loss,treatment,evidence,note\n"
LOT = season()["lots"]["SHA2"]


@pytest.fixture
def history() -> History:
    found = History()
    sign_season(found, until="05-packhouse.csv")
    return found


def slip(tmp_path: Path, headers: str, *rows: str) -> Path:
    path = tmp_path / "slip.csv"
    path.write_text(headers + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("headers", "row"),
    [
        (ZH, f"H-9,2026-06-28 10:00,核销,coop,,packhouse,{LOT},3670,包装厂,腐坏,填埋,磅单,整批变质"),
        (ZH, f"H-9,2026-06-28 10:00,整批报废,coop,,packhouse,{LOT},,包装厂,变质,填埋,,整批变质"),
        (EN, f"H-9,2026-06-28 10:00,write off,coop,,packhouse,{LOT},3670,packing,spoiled,landfill,scale ticket,"),
    ],
)
def test_a_row_ends_a_whole_lot(tmp_path: Path, history: History, headers: str, row: str) -> None:
    done = sign_file(slip(tmp_path, headers, row), history, ["coop"])
    assert [finding.text("en") for finding in done.findings] == []
    history_lot = history.book.lots[LOT]
    entry = history_lot.written_off_by
    assert entry is not None and dict(entry.data) == {"cause": "spoiled", "treatment": "landfill"}
    assert (entry.stage, entry.actor) == ("packing", history_lot.custodian)
    assert history.book.lot_mass(LOT).mass_kg == 0


def test_every_cause_has_words_in_forms_and_statements() -> None:
    causes = set(get_args(get_type_hints(WriteOff)["cause"]))
    assert set(WRITE_OFF_CAUSE) == causes == set(CAUSE_MESSAGES) - {"lost"}
    assert set(TREATMENT) == set(get_args(Treatment))


def test_what_is_wrong_is_said_in_both_languages(tmp_path: Path, history: History) -> None:
    gone = f"H-9,2026-06-28 10:00,核销,coop,,packhouse,{LOT},,包装厂,被盗,无,,"
    sold = f"H-10,2026-06-29 10:00,发货,coop,sha,packhouse,{LOT},3670,,,,磅单,"
    odd = f"H-11,2026-06-29 10:00,核销,coop,,packhouse,{season()['lots']['SHA3']},3000,包装厂,失水,无,,"
    part = f"H-12,2026-06-29 10:00,核销,coop,,packhouse,{season()['lots']['SHA3']},3000,包装厂,遗失,无,,"
    done = sign_file(slip(tmp_path, ZH, gone, sold, odd, part), history, ["coop"])
    found = {finding.code: finding for finding in done.findings}
    assert set(found) == {"lot-gone", "choice-unknown", "mass-differs"}
    assert "核销" in found["lot-gone"].text("zh") and "written off" in found["lot-gone"].text("en")
