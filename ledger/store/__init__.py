"""Keep the log: the promises of a store and its SQL form."""
