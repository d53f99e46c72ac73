"""The one door through which scripts get readings: `hwtui read`, in all its forms.

Today every device is asked. A program of this user that polls already (`record`, `serve`) will be asked first, here and
nowhere else, when it can answer: an `Asked` of its fleet is all that `read` needs.
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
