"""Whether each device that could have a role in this house has one: some rules wait for it."""

from __future__ import annotations

from collections.abc import Iterator

from tui.core.checks.finding import Finding, Verdict
from tui.core.checks.record import Observed, Record
from tui.core.model import natural_role


def roles(record: Record) -> Iterator[Finding]:
    """`roles`: what kWh meters and sockets measure is only known from the user. That one has no role is no fault."""
    could = [one for one in record.observed if _could_have_role(one)]
    without = [one for one in could if one.device.given_role is None]
    for one in without:
        serial = one.device.serial or one.key
        yield Finding("roles", Verdict.UNTESTABLE, one.key, variant="no-role", values={"serial": serial})
    if not without:
        yield Finding("roles", Verdict.PASS if could else Verdict.NA, values={"count": len(could)})


def _could_have_role(one: Observed) -> bool:
    product = one.device.product
    wants = product.is_known and product.measures_electricity and natural_role(product) is None
    return wants and bool(one.times)
