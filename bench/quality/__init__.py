"""Quality harness: search strategies against four peers on many finished tables."""
