"""The one door through which scripts get readings by asking the devices: `hwtui read`, in all its forms.

A program of this user that polls already (`record`, `serve`) is asked first: see `running`, which loads none of this.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui.core.settings import Settings
from tui.engine.commands.once import Asked, ask_once
from tui.engine.lines.poller import Depth


async def newest(settings: Settings, words: Sequence[str] = ()) -> Asked:
    """The newest reading of each device that is named, by address, name or serial, in that order; of all without words.

    What cannot be found is told on stderr, or by the problem of its device. Raises `SettingsError`.
    """
    if not words:
        return await ask_once(settings, Depth.READING)
    from tui.engine.clock import SystemClock
    from tui.engine.commands.named import named

    return await ask_once(settings, Depth.READING, wanted=await named(settings, words, SystemClock()))
