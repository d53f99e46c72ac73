"""Prices of energy, and what a span of time cost."""
