"""Write the farm diary of the demo season as a spreadsheet; run once, the result is committed.

The workbook shows what cooperatives really keep: one sheet per grower, a title above the headers, merged cells for
grower and plot, and local units. Every figure is illustrative. The same run always writes the same bytes.

    python -m tests.support.make_demo_files [web/demo]
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

STAMP: Final = (2026, 6, 27, 12, 0, 0)
NOTICE: Final = (
    "演示数据，非真实测量：数值取自文献范围内的示例。ILLUSTRATIVE DEMO DATA: no measurement of any real farm or person."
)
HEADERS: Final = (
    "种植户", "地块", "品种", "产季开始", "产季结束", "日期", "截止日期", "事项", "数量", "单位", "每袋公斤", "凭证",
    "批次码", "附件", "零值原因", "备注",
)  # fmt: skip
NO_LIME, NO_FILM, RAIN_FED = "本季未施石灰", "树盘盖草，未铺膜", "靠雨水，未灌溉"
NEVER: Final = "二十年内无土地转用，见附件"

Line = tuple[Any, ...]


def _line(
    day: Any,
    matter: str,
    quantity: Any,
    unit: str,
    evidence: str,
    *,
    until: Any = None,
    bag: Any = None,
    lot: str = "",
    attachment: str = "",
    reason: str = "",
    note: str = "",
) -> Line:
    return day, until, matter, quantity, unit, bag, evidence, lot, attachment, reason, note


SEASON: Final = (date(2025, 8, 1), date(2026, 7, 31))

# Grower, plot, variety, rows. Yields are 5.5 to 6.0 t/ha, inside 3 to 10 t/ha; 15 mu are one hectare.
PLOTS: Final[Sequence[tuple[str, Sequence[tuple[str, str, str, Sequence[Line]]]]]] = (
    (
        "梁家桂味园",
        (
            (
                "梁顺成",
                "大岭桂味园",
                "桂味",
                (
                    _line(date(2025, 8, 12), "尿素", 12, "袋", "发票", bag=40, note="采后肥，48亩"),
                    _line(date(2025, 8, 20), "有机肥", 9.6, "吨", "磅单"),
                    _line("2025年12月15日", "复合肥", 24, "袋", "发票", bag=40, note="15-15-15"),
                    _line(date(2025, 12, 20), "地膜", 24, "公斤", "自述"),
                    _line("2026-03-10", "农药", 58, "斤", "发票", note="花期防虫"),
                    _line("2026-05-06", "农药", 38, "斤", "发票", note="果期防蒂蛀虫"),
                    _line(date(2025, 8, 1), "柴油", 150, "升", "发票", until=date(2026, 5, 30), note="打药机、割草机"),
                    _line(date(2025, 8, 1), "用电", 620, "度", "电表", until=date(2026, 6, 20), note="抽水"),
                    _line(date(2025, 8, 1), "灌溉用水", 3800, "立方米", "估计", until=date(2026, 6, 20)),
                    _line(date(2025, 8, 1), "石灰石粉", 0, "公斤", "自述", until=date(2026, 5, 30), reason=NO_LIME),
                    _line(
                        date(2025, 8, 1),
                        "土地转用",
                        0,
                        "亩",
                        "单据",
                        attachment="land-use-orchard-g1.txt",
                        reason=NEVER,
                    ),
                    _line("2026-06-24 15:00", "采收", 19200, "斤", "磅单", lot="p:91BGH5VVASFQEG1K", note="第一批"),
                    _line("2026-06-27 09:30", "采收", 16000, "斤", "磅单", lot="p:ZA3TWX5PCFMMT0JN", note="第二批"),
                ),
            ),
        ),
    ),
    (
        "黄家两块地",
        (
            (
                "黄月好",
                "水口桂味园",
                "桂味",
                (
                    _line(date(2025, 8, 14), "尿素", 20, "袋", "自述", bag=40, note="采后肥，20亩"),
                    _line(date(2025, 8, 22), "有机肥", 4, "吨", "磅单"),
                    _line("2025年12月16日", "复合肥", 10, "袋", "发票", bag=40),
                    _line("2026-03-12", "农药", 40, "斤", "发票"),
                    _line(date(2025, 8, 1), "柴油", 62, "升", "发票", until=date(2026, 5, 30)),
                    _line(date(2025, 8, 1), "用电", 255, "度", "电表", until=date(2026, 6, 20)),
                    _line(date(2025, 8, 1), "灌溉用水", 1500, "立方米", "估计", until=date(2026, 6, 20)),
                    _line(date(2025, 8, 1), "石灰石粉", 0, "公斤", "自述", until=date(2026, 5, 30), reason=NO_LIME),
                    _line(date(2025, 8, 1), "地膜", 0, "公斤", "自述", until=date(2026, 5, 30), reason=NO_FILM),
                    _line(
                        date(2025, 8, 1),
                        "土地转用",
                        0,
                        "亩",
                        "单据",
                        attachment="land-use-orchard-g2.txt",
                        reason=NEVER,
                    ),
                    _line("2026-06-25 09:00", "采收", 15200, "斤", "磅单", lot="p:69VCYSNJ4KVQF5JS"),
                ),
            ),
            (
                "黄月好",
                "水口糯米糍园",
                "糯米糍",
                (
                    _line(date(2025, 8, 14), "尿素", 200, "斤", "发票", note="采后肥，10亩"),
                    _line(date(2025, 8, 22), "有机肥", 2, "吨", "磅单"),
                    _line("2025年12月16日", "复合肥", 5, "袋", "发票", bag=40),
                    _line("2026-03-12", "农药", 20, "斤", "发票"),
                    _line(date(2025, 8, 1), "柴油", 30, "升", "发票", until=date(2026, 5, 30)),
                    _line(date(2025, 8, 1), "用电", 125, "度", "电表", until=date(2026, 6, 18)),
                    _line(date(2025, 8, 1), "石灰石粉", 0, "公斤", "自述", until=date(2026, 5, 30), reason=NO_LIME),
                    _line(date(2025, 8, 1), "地膜", 0, "公斤", "自述", until=date(2026, 5, 30), reason=NO_FILM),
                    _line(date(2025, 8, 1), "灌溉用水", 0, "立方米", "自述", until=date(2026, 5, 30), reason=RAIN_FED),
                    _line(
                        date(2025, 8, 1),
                        "土地转用",
                        0,
                        "亩",
                        "单据",
                        attachment="land-use-orchard-g2.txt",
                        reason=NEVER,
                    ),
                    _line("2026-06-20 14:30", "采收", 8000, "斤", "磅单", lot="p:R5NFAE3EEJQJ7SSJ"),
                ),
            ),
        ),
    ),
    (
        "陈家糯米糍园",
        (
            (
                "陈土根",
                "石塘糯米糍园",
                "糯米糍",
                (
                    _line(date(2025, 8, 16), "尿素", 360, "斤", "发票", note="采后肥，18亩"),
                    _line(date(2025, 8, 26), "有机肥", 3.5, "吨", "自述"),
                    _line("2025年12月18日", "复合肥", 9, "袋", "发票", bag=40),
                    _line("2026/3/14", "农药", 17, "公斤", "发票"),
                    _line(date(2025, 8, 1), "柴油", 55, "升", "自述", until=date(2026, 5, 30)),
                    _line(date(2025, 8, 1), "用电", 230, "度", "电表", until=date(2026, 6, 18)),
                    _line(date(2025, 8, 1), "石灰石粉", 0, "公斤", "自述", until=date(2026, 5, 30), reason=NO_LIME),
                    _line(date(2025, 8, 1), "地膜", 0, "公斤", "自述", until=date(2026, 5, 30), reason=NO_FILM),
                    _line(date(2025, 8, 1), "灌溉用水", 0, "立方米", "自述", until=date(2026, 5, 30), reason=RAIN_FED),
                    _line(
                        date(2025, 8, 1),
                        "土地转用",
                        0,
                        "亩",
                        "单据",
                        attachment="land-use-orchard-g3.txt",
                        reason=NEVER,
                    ),
                    _line("2026-06-21 14:00", "采收", 13200, "斤", "磅单", lot="p:V04JC21DTD8WCAQH"),
                ),
            ),
        ),
    ),
)


def write_diary(path: Path) -> None:
    """Write the workbook."""
    book = Workbook()
    book.remove(book.active)
    for title, plots in PLOTS:
        _write_sheet(book.create_sheet(title), title, plots)
    moment = datetime(*STAMP)
    book.properties.created = book.properties.modified = moment
    book.properties.creator = "ecarbon demo"
    buffer = io.BytesIO()
    book.save(buffer)
    path.write_bytes(_with_fixed_times(buffer.getvalue()))


def _write_sheet(sheet: Worksheet, title: str, plots: Sequence[tuple[str, str, str, Sequence[Line]]]) -> None:
    width = len(HEADERS)
    for row, text in ((1, f"从化青塘荔枝专业合作社 2025-2026 产季农事日记：{title}"), (2, NOTICE)):
        sheet.cell(row=row, column=1, value=text)
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=width)
    sheet["A1"].font = Font(bold=True, size=14)
    for column, text in enumerate(HEADERS, start=1):
        sheet.cell(row=3, column=column, value=text).font = Font(bold=True)
        sheet.column_dimensions[sheet.cell(row=3, column=column).column_letter].width = 13
    row = 4
    for grower, plot, variety, lines in plots:
        shared = (grower, plot, variety, *SEASON)
        for column, value in enumerate(shared, start=1):
            cell = sheet.cell(row=row, column=column, value=value)
            cell.alignment = Alignment(vertical="top")
            sheet.merge_cells(start_row=row, start_column=column, end_row=row + len(lines) - 1, end_column=column)
        for line in lines:
            for column, value in enumerate(line, start=len(shared) + 1):
                if value not in (None, ""):
                    sheet.cell(row=row, column=column, value=value)
            row += 1
    sheet.freeze_panes = "A4"


def _with_fixed_times(data: bytes) -> bytes:
    """Write the archive anew with one time stamp, and the properties with the fixed time of change."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _fixed_core(content)
            info = zipfile.ZipInfo(name, STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            copy.writestr(info, content)
    return target.getvalue()


def _fixed_core(content: bytes) -> bytes:
    head, mark, rest = content.partition(b"<dcterms:modified")
    if not mark:
        return content
    opening, close, tail = rest.partition(b">")
    _, end, after = tail.partition(b"<")
    return head + mark + opening + close + b"2026-06-27T12:00:00Z" + end + after


if __name__ == "__main__":
    write_diary(Path(sys.argv[1] if len(sys.argv) > 1 else "web/demo") / "02-diary.xlsx")
