"""Chemistry: formulas, compositions, templates, charges, weighing. No search, no torch, no SQL."""
