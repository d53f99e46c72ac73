"""Keeps the Linux console of a kiosk from blanking.

With `consoleblank=` on the kernel command line, or after setterm, a console blanks after some minutes without a key,
and nobody presses a key on a kiosk. `ESC [ 9 ; 0 ]` turns that off, `ESC [ 14 ; 0 ]` the powering down that follows
(console_codes(4)). The first one also unblanks a console that blanked by itself. One that was blanked on purpose
(`setterm --blank force`) stays blank, also when a kiosk starts, until `setterm --blank poke`.

Both are sent through the driver, so that they never end up inside another sequence.
"""

from __future__ import annotations

from textual.driver import Driver

STAY_LIT = "\x1b[9;0]\x1b[14;0]"


class Lamp:
    """Sends `STAY_LIT` with the next output to the terminal, at the start and whenever `light` is called."""

    def __init__(self) -> None:
        self._due = True

    def light(self) -> None:
        """Send it again: the console's settings may have been changed since."""
        self._due = True

    def driver_class(self) -> type[Driver]:
        """Textual's driver for this terminal, with the lamp."""
        from textual.drivers.linux_driver import LinuxDriver  # only this driver runs on a Linux console

        lamp = self

        class LitDriver(LinuxDriver):
            def write(self, data: str) -> None:
                due, lamp._due = lamp._due, False
                super().write(data + STAY_LIT if due else data)

        return LitDriver


def needs_lamp(term: str, *, kiosk: bool) -> bool:
    """Whether this terminal is the Linux console of a kiosk."""
    return kiosk and term == "linux"
