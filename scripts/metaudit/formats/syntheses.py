"""The syntheses that an analysis of review.yaml may be, or have beside its pooled effect."""

SYNTHESES = ("network", "sequential", "bayes", "multilevel", "dose_response")
"""Keys of an analysis that make it, or add to it, another synthesis than the pooling of one effect a study."""
ROW_AN_ARM = ("network", "dose_response")
