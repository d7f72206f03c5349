"""What the commands answer, kept word for word."""
