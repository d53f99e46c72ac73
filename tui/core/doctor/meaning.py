"""What a layer at fault means for whoever stands before it, and what the polls alone say of a device."""

from __future__ import annotations

from typing import NamedTuple

from tui.core.doctor.cause import is_connected, spell_s
from tui.core.doctor.evidence import Evidence, Layer
from tui.core.doctor.past import LinkPast
from tui.core.doctor.rules import LOST, LOST_PART, SLOW_GATEWAY_S, SLOW_S
from tui.core.model import Device, State
from tui.core.moment import Now
from tui.core.state import state_of

MEANS: dict[Layer, str] = {
    Layer.NO_ADDRESS: "this computer cannot reach any device",
    Layer.NO_ROUTE: "nothing that is sent gets as far as the device",
    Layer.OFF_LINK: "this computer and the device are in different networks",
    Layer.NO_NAME: "nobody could tell where it is",
    Layer.ISOLATED: "something in between keeps the devices of this network apart",
    Layer.NO_ARP: "it has no power, or it lost the Wi-Fi",
    Layer.WRONG_MAC: "its address has been given to another device",
    Layer.REFUSED: "something is there, and takes no connection at that port",
    Layer.RESET: "it is there and breaks off: too many ask it, or it is about to fail",
    Layer.TIMEOUT: "it has no power, it lost the Wi-Fi, or it hangs",
    Layer.SLOW: "the Wi-Fi is weak or busy where it is: values come late, or not at all",
    Layer.NOT_HTTP: "the address is that of something else",
    Layer.NOT_HOMEWIZARD: "the address is that of something else, such as a router",
    Layer.API_OFF: "the network is in order: only its owner can let it answer",
    Layer.NOT_PAIRED: "the network is in order: it tells its values only to who is paired with it",
    Layer.CERTIFICATE: "it cannot prove that it is the right device, so it is told no secret",
    Layer.BAD_ANSWER: "it is there, and what it says is damaged",
    Layer.FROZEN: "the network is in order: the smart meter behind it sends nothing",
    Layer.NOT_ANNOUNCED: "it works, but would not be found again if its address changed",
    Layer.TWO_OF_ONE_SERIAL: "the values of two devices may be mixed up",
    Layer.MOVED: "the router gave it another address",
    Layer.WELL: "nothing is wrong with the way to it",
}
"""One for each layer."""

GOOD_WIFI_PCT = 50.0
"""From this signal on it is not the distance: `wifi.fair_pct` of the check."""
WEAK_WIFI_PCT = 30.0
"""Below this it holds on by luck: `wifi.weak_pct` of the check."""
_WEAK = "it answers, but its Wi-Fi is weak: expect losses, or try it nearer to the access point"
_STUCK = "it is there, and it is stuck or has too much to do"
_BUSY = "its signal is good: the network, or the device itself, has too much to do"
_OWN_LINK = "the way of this computer itself into the network is slow"

_LAYERS = {
    State.SILENT: Layer.TIMEOUT,
    State.STALE: Layer.TIMEOUT,
    State.REFUSED: Layer.REFUSED,
    State.API_DISABLED: Layer.API_OFF,
    State.NOT_PAIRED: Layer.NOT_PAIRED,
    State.BAD_ANSWER: Layer.BAD_ANSWER,
    State.FROZEN: Layer.FROZEN,
}


def means(layer: Layer, evidence: Evidence | None = None) -> str:
    """What a layer at fault means, given what was seen."""
    if evidence is None:
        return MEANS[layer]
    gateway_s, wifi_pct = evidence.computer.gateway_s, evidence.device.wifi_pct
    if layer is Layer.TIMEOUT and is_connected(evidence):
        return _STUCK
    if layer is Layer.SLOW and gateway_s is not None and gateway_s > SLOW_GATEWAY_S:
        return _OWN_LINK
    if layer is Layer.SLOW and wifi_pct is not None and wifi_pct >= GOOD_WIFI_PCT:
        return _BUSY
    if layer is Layer.WELL and wifi_pct is not None and wifi_pct < WEAK_WIFI_PCT:
        return _WEAK
    return MEANS[layer]


class Known(NamedTuple):
    """What is known of a link without an examination."""

    layer: Layer | None
    """None: nobody asked it yet."""
    text: str


def known(device: Device, past: LinkPast, now: Now) -> Known:
    """What the program's own polls say of a device."""
    state = state_of(device, now)
    if state in _LAYERS:
        problem = device.problem
        return Known(_LAYERS[state], problem.text if problem else "its answers are late")
    if not past.asked:
        return Known(None if state is State.UNKNOWN else Layer.WELL, "nothing is known of its answers")
    late = [f"p50 {spell_s(past.p50_s)}, p95 {spell_s(past.p95_s)}"] if past.latencies_s else []
    is_slow = past.p95_s > SLOW_S or past.lost >= max(LOST, LOST_PART * past.asked)
    wifi = [f"Wi-Fi {past.wifi_pct:.0f} %"] if is_slow and past.wifi_pct is not None else []
    text = ", ".join([*late, f"{past.lost} of {past.asked} lost", *wifi])
    return Known(Layer.SLOW if is_slow else Layer.WELL, text)
