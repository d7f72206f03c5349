"""Pictures of one campaign: what is known and believed, as plain arrays for ``plots``."""
