"""The HTTP interface for programs: one file for each group of paths."""
