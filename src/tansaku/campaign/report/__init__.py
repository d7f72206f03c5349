"""The report of a campaign: one page that needs no other file."""
