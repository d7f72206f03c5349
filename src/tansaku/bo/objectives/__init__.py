"""Objectives: what several outcomes are worth together: Pareto sets, hypervolumes, one number."""
