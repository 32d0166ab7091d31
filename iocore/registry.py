"""Find plug-ins: one file in a package, one export, nothing else to edit."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import Any

from iocore.errors import RegistryConflict


def discover(package: ModuleType | str, attribute: str, *, mixed: bool = False) -> Mapping[str, Any]:
    """Import every module of a package and collect its export by `code`.

    Modules whose name starts with an underscore are helpers and are passed over.

    Args:
        package: the package or its dotted name.
        attribute: the export that every plug-in module must have, such as `STAGE`.
        mixed: helper modules without the export stand between the plug-ins and are passed over.

    Returns:
        A read-only mapping from code to plug-in, in the order of the codes.

    Raises:
        RegistryConflict: a module without the export, an export without a code, or two of one code.
    """
    home = importlib.import_module(package) if isinstance(package, str) else package
    found: dict[str, Any] = {}
    places: dict[str, str] = {}
    for info in sorted(pkgutil.iter_modules(home.__path__, home.__name__ + "."), key=lambda item: item.name):
        if info.name.rpartition(".")[2].startswith("_"):
            continue
        plugin = getattr(importlib.import_module(info.name), attribute, None)
        if plugin is None and mixed:
            continue
        code = getattr(plugin, "code", None)
        if not isinstance(code, str) or not code:
            raise RegistryConflict(f"the module must export {attribute} with a code", module=info.name)
        if code in found:
            raise RegistryConflict("two modules claim one code", code=code, modules=[places[code], info.name])
        found[code], places[code] = plugin, info.name
    return MappingProxyType({code: found[code] for code in sorted(found)})
