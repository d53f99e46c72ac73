"""A question on the terminal that only a person there can answer."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence


def can_ask() -> bool:
    """Whether somebody can read the question and answer it."""
    return all(stream.isatty() for stream in (sys.stdin, sys.stderr))


async def says_yes(question: str) -> bool:
    """Ask on stderr; whether the answer is y or yes. What was typed before the question is no answer to it."""
    return (await _answer(f"{question} [y/N] ")).casefold() in ("y", "yes")


async def types(word: str, lines: Sequence[str]) -> bool:
    """Tell the lines on stderr and ask for a word, as `says_yes` does; whether it was typed, and nothing else."""
    return await _answer("".join(f"{line}\n" for line in lines) + f"Type {word} to do it: ") == word


async def _answer(question: str) -> str:
    import termios  # only where there is a terminal

    descriptor = sys.stdin.fileno()
    termios.tcflush(descriptor, termios.TCIFLUSH)
    sys.stderr.write(question)
    sys.stderr.flush()
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, typed.set)  # a thread that waits for a terminal could not be stopped
    try:
        await typed.wait()
    finally:
        loop.remove_reader(descriptor)
    return sys.stdin.readline().strip()
