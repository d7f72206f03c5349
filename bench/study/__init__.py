"""Replays of the finished tables of the articles, by the function that users have."""
