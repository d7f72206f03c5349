"""The mathematics of Bayesian optimisation: the only room that holds torch."""
