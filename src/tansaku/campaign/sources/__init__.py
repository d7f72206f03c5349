"""Sources: older measurements, from the file to the model, and what they are worth."""
