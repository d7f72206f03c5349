"""Verdicts on the model of a campaign, and whether they are right."""
