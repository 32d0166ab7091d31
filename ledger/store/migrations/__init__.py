"""Hold the revisions of the database's schema, which `ledger.store.schema` runs."""
