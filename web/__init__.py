"""How people get in: HTTP, pages, command line, configuration and wiring."""
