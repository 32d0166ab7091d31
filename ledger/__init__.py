"""Record what happened: the append-only log and the book of lots, activities and transfers."""
