"""Recording: what one more result costs behind those that are there."""
