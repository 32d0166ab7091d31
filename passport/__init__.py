"""State what one lot carries, sign it, and check it offline."""
