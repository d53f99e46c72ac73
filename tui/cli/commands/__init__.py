"""The commands, one module each: its words, its options, its call.

A module imports nothing heavy at its top, since --help loads it, too: `run` imports what it needs.
"""
