"""Random effects at several levels, correlated sampling errors, and cluster-robust tests of what they give."""
