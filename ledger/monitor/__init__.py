"""Follow other people's logs: keep what is needed between looks, and never take a fork for growth."""
