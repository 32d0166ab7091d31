"""Hold one file for each outgoing format of a passport; each exports `FORMAT`."""
