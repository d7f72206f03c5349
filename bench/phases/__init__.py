"""What it is worth to tell which phase was found."""
