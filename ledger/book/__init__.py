"""The book: lots, stages, activities, custody, keys and rules, as a pure fold over the log."""
