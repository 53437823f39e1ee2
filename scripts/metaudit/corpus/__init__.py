"""Whole libraries: a corpus of reviews is read, shared out, audited shard by shard and summed up."""
