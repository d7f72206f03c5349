"""Whether a stated chance that the best is found comes true, and what stopping on it saves."""
