"""Plug-in batteries: their group, its mode, and what a change of it writes."""
