"""Witness logs: sign only tree heads that extend those signed before, and ask others to do so."""
