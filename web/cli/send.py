"""Send a queue of signed entries to a service, from a place that is not always connected."""

from __future__ import annotations

from pathlib import Path

import click

from web.cli.base import json_option
from web.cli.entry import read_signed, show_results
from web.cli.output import progress

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=FILE)
@click.option("--to", "url", required=True, help="Address of the service, such as https://passport.example.")
@click.option("--trust", "trust_file", type=FILE, default=None, help="Trust file: check receipts with its log keys.")
@click.option("--receipts", "folder", type=click.Path(path_type=Path, file_okay=False), default=None,
              help="Keep the receipts in this folder.")  # fmt: skip
@click.option("--patience", type=click.IntRange(0, 86400), default=600, help="Seconds to wait in all for answers.")
@json_option
def send(file: Path, url: str, trust_file: Path | None, folder: Path | None, patience: int, as_json: bool) -> None:
    """Send signed entries of FILE to a service; again where no answer came. Each is recorded once."""
    from ledger.log.proof import Receipt
    from passport.trust import TrustPolicy
    from web.home import write_changed
    from web.sending import AnswerUntrusted
    from web.sending import send as send_notes

    notes = read_signed(file)
    logs = TrustPolicy.parse(trust_file.read_bytes()).policy.logs if trust_file is not None else ()
    with progress("Sending") as step:
        results = send_notes(notes, url, patience_s=patience, step=lambda done: step("Sending", done, len(notes)))
    for (note, _), result in zip(notes, results, strict=True):
        if not result["receipt"]:
            continue
        receipt = Receipt.parse(result["receipt"])
        if logs:
            key = next((key for key in logs if receipt.checkpoint.startswith(f"{key.name}\n".encode())), None)
            if key is None:
                raise AnswerUntrusted("a receipt is of a log that the trust file does not name")
            receipt.verify(note, key)
        if folder is not None:
            write_changed(folder / f"{result['entry_id']}.tlog-proof", result["receipt"].encode("utf-8"))
    show_results(results, as_json=as_json)
