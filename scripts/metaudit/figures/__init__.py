"""Figures: draws what pooling and audit already decided; computes no statistics.

The only room that imports matplotlib, and it never imports pyplot. Start reading at ``draw.py``.
"""
