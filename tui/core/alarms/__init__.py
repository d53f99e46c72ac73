"""Alarms: a small language for what is to be told, and when it is told. Pure."""
