"""One file per stage of a lot's life; each exports `STAGE`."""
