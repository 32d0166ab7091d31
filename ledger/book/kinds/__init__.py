"""One file per kind of entry; each exports `KIND`."""
