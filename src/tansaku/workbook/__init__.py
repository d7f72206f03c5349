"""Workbook: a campaign as an Excel workbook that comes back with results, and with nothing else."""
