"""Print what asks for a second look in what lots share: weights, lots left out, prices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from web.cli.names import kind_name, stage_name
from web.cli.words import tr, translate

if TYPE_CHECKING:
    from passport.remarks import Remark


def show_remarks(remarks: Iterable[Remark]) -> None:
    """Print each remark with its worst lots; none of them is a verdict."""
    for remark in remarks:
        click.echo()
        click.echo(
            tr(
                "Look again at what lots share by the {kind} {entry} ({place}, {stage}); no verdict:",
                kind=kind_name(remark.kind),
                entry=remark.entry[:16],
                place=remark.place,
                stage=stage_name(remark.stage),
            )
        )
        for text in remark.texts():
            click.echo(f"  {translate(text)}")
