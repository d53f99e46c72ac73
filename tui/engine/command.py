"""The error of a command that cannot be carried out."""


class CommandError(Exception):
    """A command that cannot be carried out; the text says why."""
