"""Rows of the offline checker: whole bundles, in bare verifications of their signatures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from passport.verify import verify
from tests.benchmark.measure import Row, bare
from tests.benchmark.workload import PlainNotes
from tests.support.passports import NOW, build_season

ROUNDS = 15


def rows(folder: Path) -> Iterator[Row]:
    """Verify a full and a public bundle."""
    season = build_season(folder)
    uuid, trust, now = season.issue().uuid, season.trust(), NOW + timedelta(hours=1)
    notes = PlainNotes().take(64)
    for audience in ("full", "public"):
        document = season.service.bundle(uuid, audience)
        ratios = []
        for _ in range(ROUNDS):
            before = bare(notes)
            start = perf_counter()
            report = verify(document, trust=trust, now=now)
            took = perf_counter() - start
            assert report.consistent and report.trusted
            ratios.append(took / ((before + bare(notes)) / 2))
        remark = f"bare verifications, for {len(json.loads(document)['entries'])} entries"
        yield Row(f"offline check of a {audience} bundle", median(ratios), remark=remark)
