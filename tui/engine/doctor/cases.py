"""Which devices the link doctor examines, each once however it is known: by host, by serial, or by both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tui.core.doctor.label import Label
from tui.core.events import Remembered, Seen
from tui.core.fleet import MOST_DEVICES
from tui.core.model import Endpoint, key_of
from tui.core.settings import Settings
from tui.engine.doctor.case import Case, Origin
from tui.engine.doctor.examination import Look


class Cases:
    """The devices under examination, in the order in which they became known."""

    def __init__(
        self,
        settings: Settings,
        wanted: Iterable[str],
        remembered: Iterable[Remembered],
        labels: Iterable[Label] = (),
    ) -> None:
        self._list: list[Case] = []
        self._seen: dict[tuple[str, str], Seen] = {}
        self._discovers = settings.discover
        for host in settings.hosts:
            self._at(host).is_named = True
        for key in wanted:
            sought = self._of(key_of(key))
            sought.is_named = sought.is_sought = True
        for label in dict.fromkeys(labels):
            self._called(label)
        if settings.discover:
            for key in settings.devices:
                self._of(key)
        for event in remembered:
            places = [place for place in (event.endpoint, event.other) if place is not None]
            case = self._belonging(key_of(event.identity.serial), places)
            if case is None and settings.discover:
                case = self._of(key_of(event.identity.serial))
            if case is not None:
                case.known(event.identity.serial, event.identity.product_type)
                for place in places:
                    case.add(place, Origin.REMEMBERED)

    def __iter__(self) -> Iterator[Case]:
        return iter(tuple(self._list))

    def heard(self, seen: Seen) -> Case | None:
        """A device was announced: a case that has to be begun, if it is a new one."""
        key = key_of(seen.serial)
        self._seen[key, seen.endpoint.api] = seen
        before = len(self._list)
        case = self._belonging(key, [seen.endpoint]) or self._sought(seen.serial, seen.product_type)
        if case is None:
            if not self._discovers or len(self._list) >= MOST_DEVICES:
                return None
            case = self._of(key)
        case.known(seen.serial, seen.product_type)
        case.add(seen.endpoint, Origin.ANNOUNCED)
        return case if len(self._list) > before else None

    def met(self, endpoint: Endpoint, serial: str, product_type: str | None) -> Case | None:
        """A host of the config file said who it is: a case that has to be begun, if it is a new one."""
        before = len(self._list)
        case = self._sought(serial, product_type)
        if case is None:
            return None
        case.known(serial, product_type)
        case.add(endpoint, Origin.NAMED)
        return case if len(self._list) > before else None

    @property
    def hosts_heard(self) -> set[str]:
        """The addresses that were announced."""
        return {seen.endpoint.host for seen in self._seen.values()}

    def announcement(self, case: Case) -> Seen | None:
        """That of a device, of API v1 before v2; None if none was heard."""
        found = (self._seen.get((key, api)) for api in ("v1", "v2") for key in case.keys)
        return next((seen for seen in found if seen is not None), None)

    def may_be_another(self, case: Case) -> bool:
        """Whether it may turn out to be one that was named by an address, and has not said who it is yet."""
        return not case.is_named and not case.answers and any(one.key is None for one in self._list)

    def heir(self, case: Case) -> Case | None:
        """The one that answers with the serial that was expected here."""
        others = (one for one in self._list if one is not case and one.answers and one.answered_key == case.key)
        return next(others, None)

    def elsewhere(self, case: Case) -> tuple[str, ...]:
        """Where else the serial that answers answered over the same API, by another MAC if that is known."""
        main, key = case.main, case.answered_key
        if main is None or key is None:
            return ()
        looks = (look for other in self._list for look in other.answering(key))
        return tuple(dict.fromkeys(look.place for look in looks if _is_another(look, main)))

    def _sought(self, serial: str, product_type: str | None) -> Case | None:
        """The case of a device that was named by its name, and turns out to be this one."""
        key = key_of(serial)
        sought = [case for case in self._list if case.is_sought]
        if (found := next((case for case in sought if case.key == key), None)) is not None:
            return found
        fitting = [case for case in sought if case.label is not None and case.label.fits(serial, product_type)]
        if not fitting:
            return None
        free = next((case for case in fitting if case.key is None), None)
        return free or self._called(fitting[0].label)  # a second one of that name

    def _called(self, label: Label | None) -> Case:
        made = self._new()
        made.label, made.is_named, made.is_sought = label, True, True
        return made

    def _of(self, key: str) -> Case:
        found = next((one for one in self._list if one.key == key), None)
        return found or self._new(key)

    def _at(self, endpoint: Endpoint) -> Case:
        found = next((one for one in self._list if endpoint in one.origins), None) or self._new()
        found.add(endpoint, Origin.NAMED)
        return found

    def _new(self, key: str | None = None) -> Case:
        made = Case()
        if key is not None:
            made.known(key)
        self._list.append(made)
        return made

    def _belonging(self, key: str, places: Iterable[Endpoint]) -> Case | None:
        """The case of a serial or, if that has none yet, the one at any of these places; where there is one of each,
        they become one."""
        by_key = next((one for one in self._list if one.key == key), None)
        wanted = set(places)
        by_place = next((one for one in self._list if one.key is None and wanted & one.places), None)
        if by_key is None or by_place is None or by_key.is_told:
            return by_key or by_place
        by_place.absorb(by_key)
        self._list.remove(by_key)
        return by_place


def _is_another(look: Look, main: Look) -> bool:
    if look.asked_at.api != main.asked_at.api or look.place == main.place:
        return False
    return look.mac is None or look.mac != main.mac
