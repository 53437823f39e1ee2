"""Bayesian random-effects meta-analysis by quadrature over the heterogeneity."""
