"""The `ecarbon` command: one file per command group; the only place that reads the environment."""

from web.cli.main import main

__all__ = ["main"]
