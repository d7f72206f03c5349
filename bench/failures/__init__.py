"""What it is worth to learn from samples that failed."""
