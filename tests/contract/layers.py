"""The layer table of ARCHITECTURE.md as data, and a checker that reads source text only.

The checker takes a mapping of module name to source, so that a test can plant an import without
touching a file. Imports inside functions and under `TYPE_CHECKING` count like any other.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("iocore", "ledger", "passport", "web")

# Lowest shelf first. `name` is that module alone, `name.*` everything inside a package and the package itself.
LAYERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("iocore shelf", ("iocore", "iocore.errors", "iocore.units", "iocore.times", "iocore.registry")),
    ("iocore factors", ("iocore.factors", "iocore.published", "iocore.quality", "iocore.prices", "iocore.hybrid")),
    ("iocore arithmetic", ("iocore.tables", "iocore.concordance", "iocore.leontief", "iocore.uncertainty")),
    ("iocore sources", ("iocore.sources.*", "iocore.data.*")),
    ("iocore policy tables", ("iocore.dqr", "iocore.ports", "iocore.shift")),
    ("ledger shelf", ("ledger", "ledger.errors", "ledger.ids")),
    ("ledger log", ("ledger.log.*",)),
    ("ledger book", ("ledger.book.*",)),
    ("ledger store", ("ledger.store.*",)),
    ("ledger side stores", ("ledger.keyfiles", "ledger.openings")),
    (
        "ledger use cases",
        (
            "ledger.export",
            "ledger.fsck.*",
            "ledger.handover",
            "ledger.guard",
            "ledger.heads",
            "ledger.live",
            "ledger.monitor.*",
            "ledger.projection",
            "ledger.queue",
            "ledger.reading",
            "ledger.reindex",
            "ledger.sequencer",
            "ledger.service",
            "ledger.tree",
            "ledger.turns",
            "ledger.witness.*",
        ),
    ),
    ("passport shelf", ("passport", "passport.errors")),
    (
        "passport accounting",
        (
            "passport.account",
            "passport.assess",
            "passport.beside",
            "passport.calculation",
            "passport.choice",
            "passport.events",
            "passport.explain",
            "passport.factor_proof",
            "passport.footprint",
            "passport.conditions",
            "passport.departures",
            "passport.journeys",
            "passport.gaps",
            "passport.guards",
            "passport.supplied",
            "passport.valuing",
            "passport.holdings",
            "passport.impact",
            "passport.interval",
            "passport.legs",
            "passport.journal",
            "passport.descent",
            "passport.mean",
            "passport.bench",
            "passport.methodologies.*",
            "passport.methodology",
            "passport.moments",
            "passport.nodes",
            "passport.perennial",
            "passport.plausibility",
            "passport.policy",
            "passport.view",
            "passport.postings",
            "passport.quality",
            "passport.quantities",
            "passport.readings",
            "passport.recipes.*",
            "passport.reserves",
            "passport.sampling",
            "passport.sealing",
            "passport.removals",
            "passport.remarks",
            "passport.rivals",
            "passport.season",
            "passport.slots",
            "passport.spread",
            "passport.versions",
            "passport.summary",
            "passport.trail",
            "passport.tree",
            "passport.uncertainty",
            "passport.variance",
            "passport.weights",
        ),
    ),
    (
        "passport document",
        (
            "passport.bundle",
            "passport.claims",
            "passport.did",
            "passport.disclosure",
            "passport.display",
            "passport.document",
            "passport.facts",
            "passport.formats.*",
            "passport.i18n.*",
            "passport.issuer",
            "passport.link",
            "passport.multibase",
            "passport.proof",
            "passport.qr",
            "passport.report",
            "passport.status",
            "passport.study",
            "passport.study_build",
            "passport.study_checks",
            "passport.trust",
            "passport.waterfall",
        ),
    ),
    ("passport verification", ("passport.checks.*", "passport.verify")),
    ("passport store", ("passport.store",)),
    ("passport issuing", ("passport.drafting", "passport.lineage", "passport.packing")),
    ("passport use cases", ("passport.service",)),
    ("web settings", ("web", "web.config", "web.limits", "web.problems", "web.sentences")),
    ("web input", ("web.imports.*", "web.demo.*")),
    ("web wiring", ("web.services",)),
    ("web recorder", ("web.recorder", "web.log_source")),
    ("web home", ("web.home",)),
    ("web report", ("web.report",)),
    (
        "web use cases",
        (
            "web.backup",
            "web.erasure",
            "web.key_history",
            "web.sending",
            "web.sharing",
            "web.setup",
            "web.study.*",
            "web.witness",
        ),
    ),
    ("web registration", ("web.registration",)),
    ("web outside", ("web.api.*", "web.pages.*")),
    ("web application", ("web.app",)),
    ("web server", ("web.server",)),
    ("web main job", ("web.demo_run",)),
    ("web command line", ("web.cli.*", "web.__main__")),
)

# Which of our modules may import a library; a library that stands in no row may be imported nowhere.
DOORS: Mapping[str, tuple[str, ...]] = {
    "alembic": ("ledger.store.schema", "ledger.store.migrations.*"),
    "babel": ("web.*",),
    "click": ("web.*",),
    "cryptography": ("ledger.log.signer", "ledger.keyfiles", "ledger.openings"),
    "flask": ("web.*",),
    "flask_babel": ("web.*",),
    "gunicorn": ("web.server",),
    "jinja2": ("web.*",),
    "markupsafe": ("web.*",),
    "msgspec": ("iocore.*", "ledger.*", "passport.*", "web.*"),
    "nacl": ("ledger.log.signer",),
    "numpy": ("iocore.tables", "iocore.concordance", "iocore.leontief", "iocore.uncertainty", "iocore.sources.*"),
    "openpyxl": ("iocore.sources.*", "web.imports.*", "web.study.*"),
    "orjson": ("ledger.log.canonical",),
    "pandas": ("iocore.sources.*",),
    "png": ("passport.qr",),
    "qrcode": ("passport.qr",),
    "rfc8785": ("ledger.log.canonical",),
    "rich": ("web.*",),
    "scipy": ("iocore.leontief",),
    "sqlalchemy": ("ledger.store.*", "ledger.monitor.store", "ledger.witness.store", "passport.store"),
    "werkzeug": ("web.*",),
}

# `ledger` sees four modules of iocore; `ledger.log` sees nothing of ours but its errors.
LEDGER_MAY_SEE = ("iocore.errors", "iocore.registry", "iocore.times", "iocore.units")
LOG_MAY_SEE = ("ledger", "ledger.errors", "ledger.log.*")


@dataclass(frozen=True, slots=True)
class Import:
    """One import statement: who imports what, and the line it stands on."""

    importer: str
    target: str
    line: int


def matches(module: str, pattern: str) -> bool:
    """Tell whether a module name falls under a pattern of the table."""
    if pattern.endswith(".*"):
        return module == pattern[:-2] or module.startswith(pattern[:-1])
    return module == pattern


def layer_of(module: str) -> int | None:
    """Find the shelf a module stands on, or None when the table does not name it."""
    for position, (_, patterns) in enumerate(LAYERS):
        if any(matches(module, pattern) for pattern in patterns):
            return position
    return None


def read_sources(root: Path) -> dict[str, str]:
    """Read every Python file of the four packages, keyed by dotted module name."""
    sources = {}
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            sources[name] = path.read_text(encoding="utf-8")
    return sources


def imports_of(module: str, source: str, modules: Iterable[str], *, is_package: bool) -> Iterator[Import]:
    """Yield every import of a source text, resolved to modules of ours where they are ours."""
    known = set(modules)
    package = module if is_package else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                anchor = ".".join(parents[: len(parents) - node.level + 1])
                base = f"{anchor}.{base}" if base else anchor
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield Import(module, inner if inner in known else base, node.lineno)


def check(sources: Mapping[str, str]) -> list[str]:
    """Return every broken rule of the layer table, as sentences; an empty list means the house stands."""
    problems = []
    graph: dict[str, set[str]] = {}
    for module, source in sources.items():
        own = layer_of(module)
        if own is None:
            problems.append(f"{module} stands in no row of the layer table")
            continue
        is_package = any(other.startswith(f"{module}.") for other in sources)
        for found in imports_of(module, source, sources, is_package=is_package):
            top = found.target.partition(".")[0]
            if top in PACKAGES:
                graph.setdefault(module, set()).add(found.target)
                problems.extend(_check_own(found, own, sources))
            elif top not in sys.stdlib_module_names and top != "__future__":
                problems.extend(_check_library(found, top))
    problems.extend(f"import cycle: {' -> '.join(cycle)}" for cycle in cycles(graph))
    return problems


def _check_own(found: Import, own: int, sources: Mapping[str, str]) -> Iterator[str]:
    where = f"{found.importer}:{found.line} imports {found.target}"
    if found.target not in sources:
        yield f"{where}, which does not exist"
        return
    target = layer_of(found.target)
    if target is not None and target > own:
        yield f"{where}: upwards, from '{LAYERS[own][0]}' to '{LAYERS[target][0]}'"
    if matches(found.importer, "ledger.*") and matches(found.target, "iocore.*") and found.target not in LEDGER_MAY_SEE:
        yield f"{where}: ledger sees only {', '.join(LEDGER_MAY_SEE)}"
    if matches(found.importer, "ledger.log.*") and not any(matches(found.target, name) for name in LOG_MAY_SEE):
        yield f"{where}: ledger.log sees nothing of ours but ledger.errors"


def _check_library(found: Import, top: str) -> Iterator[str]:
    where = f"{found.importer}:{found.line} imports {found.target}"
    if top not in DOORS:
        yield f"{where}: {top} has no door in the table"
    elif not any(matches(found.importer, pattern) for pattern in DOORS[top]):
        yield f"{where}: {top} enters only through {', '.join(DOORS[top])}"


def cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Find import cycles by depth-first search; each is given once, from its first module."""
    state: dict[str, int] = {}
    found: list[list[str]] = []

    def visit(module: str, path: list[str]) -> None:
        state[module] = 1
        path.append(module)
        for target in sorted(graph.get(module, ())):
            if target == module or module.startswith(f"{target}."):
                continue  # a package's own name, already being imported
            if state.get(target) == 1:
                found.append([*path[path.index(target) :], target])
            elif target not in state:
                visit(target, path)
        path.pop()
        state[module] = 2

    for module in sorted(graph):
        if module not in state:
            visit(module, [])
    return found
