"""History: what happened in a campaign, what it adds up to, and what a model is given of it."""
