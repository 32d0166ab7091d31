"""One file per method and version; each exports `METHODOLOGY`."""
