"""The stages of the pipeline: each reads the files of the one before and writes its own (docs/results.md)."""
