"""Results: what the lab reports, asked about before it is stored and corrected after."""
