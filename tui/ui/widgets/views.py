"""The bodies of the views Meters and Links."""

from __future__ import annotations

from dataclasses import replace

from textual.events import Click

from tui.ui.draw.attention import NO_DEVICE, note_lines
from tui.ui.draw.devices import NO_MATCH
from tui.ui.draw.lines import BLANK, Lines, join, wrapped
from tui.ui.draw.links import link_details, link_lines, sink_lines
from tui.ui.draw.meters import meter_lines
from tui.ui.widgets.devices import Picked
from tui.ui.widgets.part import Part

LEAST_DEVICES = 3
"""Rows of devices that the view Links keeps whatever else there is to tell (own choice)."""


class MeterTable(Part):
    """Every external meter of every P1."""

    first = 0

    def draw(self, width: int, height: int) -> Lines:
        session = self.session
        rows = meter_lines(list(session.shown.fleet.devices.values()), session.context, width)
        self.first = max(0, min(self.first, len(rows) - height))
        return rows[:1] + rows[1 + self.first :]


class LinkTable(Part):
    """The connection of every device; below it what concerns no single one, and the details of the selected one.

    Notes that do not fit in the overview are told nowhere else. Of the details the last rows are kept: the problem.
    """

    _first = 0

    def draw(self, width: int, height: int) -> Lines:
        session, context = self.session, self.session.context
        devices = session.devices()
        head, *rows = link_lines(devices, context, width, session.selected)
        details = link_details(session.device, context, width) if session.device else []
        least = min(LEAST_DEVICES, len(rows))
        notes = self._notes(width, height - 2 - least)
        below = join(notes, details)
        room = max(least, height - 2 - len(below), 1)
        keys = [device.key for device in devices]
        at = keys.index(session.selected) if session.selected in keys else 0
        self._first = max(0, min(max(at - room + 1, min(self._first, at)), len(rows) - room))
        shown = rows[self._first : self._first + room]
        self._keys = keys[self._first : self._first + room]
        if not rows:
            shown = wrapped(NO_MATCH if session.shown.fleet.devices else NO_DEVICE, width - 2, "label", " ")
        most = max(0, height - 2 - len(shown) - (len(notes) + 1 if notes else 0))
        below = join(notes, details[max(0, len(details) - most) :])
        return [head, *shown, BLANK, *below]

    def _notes(self, width: int, most: int) -> Lines:
        """What concerns no single device, in at most so many rows: if need be, what is told elsewhere, too, is cut."""
        fleet, sinks = self.session.shown.fleet, sink_lines(self.session.engine.sinks, width)
        if sinks:  # they say themselves what hinders them
            fleet = replace(fleet, notes=tuple(note for note in fleet.notes if not note.topic.startswith("out ")))
        notes = note_lines(fleet, self.session.context, width - 1)
        if len(notes) + len(sinks) > most:
            kept = max(0, most - 1 - len(sinks))
            more = f"and {len(notes) - kept} more rows: enlarge the terminal"
            notes = [*notes[:kept], *(wrapped(more, width - 1, "label", " ")[:1] if notes else ())]
        return [*notes, *sinks][: max(0, most)]

    def on_click(self, event: Click) -> None:
        """Select; a click on the selected one opens it."""
        if 0 <= event.y - 1 < len(self._keys):
            key = self._keys[event.y - 1]
            self.post_message(Picked(key, key == self.session.selected))
