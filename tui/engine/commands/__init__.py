"""The commands without a screen, one file each: the same monitor as under the screen, run directly.

stdout is data, stderr is narration. Each command is a coroutine that returns its exit code.
"""
