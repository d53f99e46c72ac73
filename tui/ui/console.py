"""The Linux console of a kiosk stays lit.

A console that was booted with `consoleblank=`, or set so with setterm, goes dark after some minutes without a key, and
nobody presses a key on a kiosk. `ESC [ 9 ; 0 ]` turns that off, `ESC [ 14 ; 0 ]` the powering down that follows
(console_codes(4)). The first one also lights a console that went dark by itself. One that was darkened on purpose
(`setterm --blank force`) stays dark under a running kiosk, and under one that starts, until `setterm --blank poke`.

They go through the driver, so that they never fall into the middle of another sequence.
"""

from __future__ import annotations

from textual.driver import Driver

STAY_LIT = "\x1b[9;0]\x1b[14;0]"


class Lamp:
    """Sends `STAY_LIT` with the next bytes to the terminal, at the start and whenever `light` is called."""

    def __init__(self) -> None:
        self._due = True

    def light(self) -> None:
        """Send it again: somebody may have set the console since."""
        self._due = True

    def driver_class(self) -> type[Driver]:
        """Textual's driver for this terminal, with the lamp."""
        from textual.drivers.linux_driver import LinuxDriver  # no other driver has a Linux console

        lamp = self

        class LitDriver(LinuxDriver):
            def write(self, data: str) -> None:
                due, lamp._due = lamp._due, False
                super().write(data + STAY_LIT if due else data)

        return LitDriver


def needs_lamp(term: str, *, kiosk: bool) -> bool:
    """Whether this terminal is a Linux console that nobody operates."""
    return kiosk and term == "linux"
