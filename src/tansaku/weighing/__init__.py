"""Weighing: sheets on paper and in workbooks, and what was typed back."""
