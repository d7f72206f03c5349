"""The gatekeeper: whether older data is to be trusted for a new target, and what would tell."""
