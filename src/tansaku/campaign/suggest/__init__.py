"""Suggest: the straight path from a campaign to its next samples."""
