"""Plain words about what the search does and why."""
