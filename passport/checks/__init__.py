"""Check the parts of a passport, each part in one module; `passport.verify` runs them in order."""
