"""How far a pooled answer can be trusted."""
