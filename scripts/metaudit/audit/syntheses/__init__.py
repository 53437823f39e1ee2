"""The audit of other syntheses than one pooled effect: networks, sequential analyses, posteriors, dependent effects, dose-response."""
