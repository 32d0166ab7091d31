"""Turn what can go wrong into one line for people and an exit code; never a traceback."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from iocore.errors import IOCoreError
from ledger.errors import LedgerError
from passport.errors import PassportError
from web.cli.names import context_name
from web.cli.words import language, tr, translate
from web.config import ConfigError

FINE: Final = 0
CHECK_FAILED: Final = 1
UNREADABLE: Final = 2
TRY_LATER: Final = 3
ORIGIN_UNKNOWN: Final = 4
FORKED: Final = 5

FAMILIES: Final = (IOCoreError, LedgerError, PassportError, ConfigError)

# Exit code and advice by error code; the first row whose prefix or suffix fits counts.
_EXITS: Final = (
    ("forked", FORKED),
    ("unavailable", TRY_LATER),
    ("untrusted", CHECK_FAILED),
    ("corrupt", CHECK_FAILED),
    ("rolled-back", CHECK_FAILED),
)
ADVICE: Final[Mapping[str, str]] = {
    "entry-not-found": "Check the identifier; `ecarbon lot list` shows what the ledger holds.",
    "lot-not-found": "`ecarbon lot list` shows all lots.",
    "passport-not-found": "`ecarbon passport list` shows the identifiers of all passports.",
    "factor-not-found": "`ecarbon factors list` shows the sets, `ecarbon factors show SET` their keys.",
    "issue-refused": "Record what is missing, then issue again.",
    "claim-refused": "Use the product's neutral name, without any claim about climate or environment.",
    "config-invalid": "Correct the setting; README.md has the table of all settings.",
    "store-conflict": "Check ECARBON_HOME and ECARBON_DATABASE_URL: this database belongs to another log.",
    "store-unavailable": "Try again in a moment; another process may be writing.",
    "ledger-corrupt": "Run `ecarbon log fsck`, and restore from a backup if it names damage.",
    "log-rolled-back": "Bring back the newest database; README.md says under `backup` what else may be done.",
    "key-untrusted": "Register the key first, or use the key that is registered for this actor.",
    "log-forked": "Rely on nothing newer from this log; keep what shows the fork, and tell its witnesses and readers.",
    "sequence-gap": "Send the missing entries of this key first, in their order.",
    "equivocation": "This key signed two different texts with one number; register a new key for its actor.",
    "key-frozen": "Register a new key for this actor and use it from now on.",
}
_FAMILY_ADVICE: Final = (
    ("malformed", "The input cannot be read; check what was typed, or get the original file again and do not edit it."),
    ("not-found", "Check the identifier."),
    ("unavailable", "Try again in a moment."),
)


def exit_code(error: BaseException) -> int:
    """Choose the exit code for an error of one of our families."""
    code = str(getattr(error, "code", ""))
    if code == "entry-rejected":
        return CHECK_FAILED
    return next((status for word, status in _EXITS if word in code), UNREADABLE)


def describe(error: BaseException) -> str:
    """Say what went wrong, where, and what to do."""
    code = str(getattr(error, "code", type(error).__name__))
    context: Mapping[str, Any] = getattr(error, "context", {})
    message = str(getattr(error, "message", "") or (error.args[0] if error.args else error))
    equals = "：" if language() == "zh" else "="
    stated = [(name, value) for name, value in context.items() if value not in (None, "", [], ())]
    where = tr(", ").join(f"{context_name(name)}{equals}{_short(value)}" for name, value in stated)
    lines = [tr("Error ({code}): {message}", code=code, message=translate(message))]
    if where:
        lines.append(f"  {where}")
    advice = ADVICE.get(code) or next((text for word, text in _FAMILY_ADVICE if word in code), "")
    if advice:
        lines.append(f"  {tr(advice)}")
    return "\n".join(lines)


def _short(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + "; ".join(_short(item) for item in value[:8]) + ("; ..." if len(value) > 8 else "") + "]"
    text = str(getattr(value, "message", value))
    text = translate(text) if " " in text else text
    return text if len(text) <= 120 else text[:117] + "..."


def show(error: click.ClickException) -> None:
    """Print what click refuses: how the command is used, and what is wrong with what was typed."""
    if not isinstance(error, click.UsageError) or isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return
    if error.ctx is not None:
        click.echo(error.ctx.get_usage(), err=True)
        click.echo(tr("Try '{command} --help' for help.", command=error.ctx.command_path) + "\n", err=True)
    click.echo(tr("Error: {message}", message=translate(error.format_message())), err=True)


class Failure(click.ClickException):
    """End the command with a message and a chosen exit code."""

    def __init__(self, message: str, code: int = UNREADABLE) -> None:
        super().__init__(message)
        self.exit_code = code

    def show(self, file: Any = None) -> None:
        """Print the message on standard error, as it is."""
        click.echo(self.message, err=True)
