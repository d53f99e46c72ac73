"""The report as one HTML file: no script, no request to anywhere, light and dark, and made to be printed on A4."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from tui.core.checks.finding import WORST_FIRST, Verdict
from tui.engine.report.arranged import above, details, groups, head, not_applicable, where
from tui.engine.report.curves import Chart, Curve
from tui.engine.report.facts import DeviceFacts
from tui.engine.report.report import Item, Report
from tui.engine.report.svg import chart_svg, small_svg

STYLE = Path(__file__).with_name("style.css")
SEPARATE = (Verdict.FAIL, Verdict.WARN, Verdict.INFO)
"""Each of these findings has a place of its own; the others are rows of a table."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def write(report: Report) -> str:
    """The page; it ends with a line break."""
    words = report.phrases
    title = escape(f"{words['title']}, {report.generated:%Y-%m-%d}")
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{escape(words["language"])}">',
            '<head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">',
            f"<title>{title}</title>",
            f"<style>\n{STYLE.read_text('utf-8')}</style></head>",
            "<body><main>",
            *_header(report),
            *_findings(report),
            *_charts(report),
            *_devices(report),
            *_footer(report),
            "</main></body></html>",
            "",
        ]
    )


def _header(report: Report) -> Iterator[str]:
    words = report.phrases
    yield f"<header><h1>{escape(words['title'])}</h1>"
    yield f'<ul class="counts">{"".join(_counts(report))}</ul>'
    yield from (f'<p class="banner">{escape(text)}</p>' for text in above(report))
    facts = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in head(report))
    yield f'<dl class="head">{facts}</dl>'
    if report.note:
        lines = "<br>".join(map(escape, report.note.splitlines()))
        yield f'<section class="note"><h2>{escape(words["note"])}</h2><p>{lines}</p></section>'
    yield "</header>"


def _counts(report: Report) -> Iterator[str]:
    for verdict in WORST_FIRST:
        count = report.counts[verdict]
        if verdict is not Verdict.NA and (count or verdict in (Verdict.FAIL, Verdict.WARN)):
            name = f"{verdict}" if count else "none"
            yield f'<li class="{name}"><b>{count}</b> {escape(report.phrases[verdict])}</li>'


# ------------------------------------------------------------------ findings


def _findings(report: Report) -> Iterator[str]:
    words = report.phrases
    if not report.listed:
        yield f"<p>{escape(words['no_findings'])}</p>"
    for verdict, items in groups(report):
        title = escape(words[f"group_{verdict}"])
        yield f'<section class="group {verdict}"><h2>{title} <span>{len(items)}</span></h2>'
        if verdict in SEPARATE:
            yield from (_finding(item, report) for item in items)
        else:
            yield from _rows(verdict, items, report)
        yield "</section>"
    if left_out := not_applicable(report):
        yield f'<p class="quiet">{escape(left_out)}</p>'
    if report.own_limits:
        rows = "".join(
            f"<li>{escape(f'{one.name} = {one.value:g}')} ({escape(one.source)})</li>" for one in report.own_limits
        )
        yield f'<section class="own"><h2>{escape(words["own_limits"])}</h2>'
        yield f"<p>{escape(words['own_limits_say'])}</p><ul>{rows}</ul></section>"


def _finding(item: Item, report: Report) -> str:
    worded = item.worded
    verdict = f'<span class="verdict {item.verdict}">{escape(report.phrases[item.verdict])}</span>'
    title = f"<b>{escape(where(item, report))}</b> {escape(worded.name)}"
    said = dict(details(item, report))
    said.pop(report.phrases["means"], None)
    advice = said.pop(report.phrases["advice"], "")
    small = "; ".join(f"{escape(name)}: {escape(value)}" for name, value in said.items())
    return "".join(
        [
            f'<article><h3>{verdict}<span class="where">{title}</span></h3>',
            f'<p class="line">{escape(worded.line)}</p><p>{escape(worded.text)}</p>',
            f'<p class="advice">{escape(advice)}</p>' if advice else "",
            f'<p class="limit">{small}</p>' if small else "",
            "</article>",
        ]
    )


def _rows(verdict: Verdict, items: list[Item], report: Report) -> Iterator[str]:
    words = report.phrases
    heads = (words["verdict"], words["device"], words["rule"], words["found"])
    cells = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    yield f"<table><thead><tr>{cells}</tr></thead><tbody>"
    for item in items:
        found = escape(item.worded.line)
        if verdict is Verdict.UNTESTABLE and item.worded.advice:
            found += f" <i>{escape(item.worded.advice)}</i>"
        yield (
            f'<tr><td><span class="verdict {verdict}">{escape(words[verdict])}</span></td>'
            f"<td>{escape(where(item, report))}</td><td>{escape(item.worded.name)}</td><td>{found}</td></tr>"
        )
    yield "</tbody></table>"


# ------------------------------------------------------------------ curves and devices


def _charts(report: Report) -> Iterator[str]:
    for chart in report.charts:
        caption = f"<b>{escape(chart.title)}</b> {escape(chart.caption)}"
        yield f"<figure><figcaption>{caption}</figcaption>{chart_svg(chart, _says(chart, report))}</figure>"


def _says(chart: Chart, report: Report) -> str:
    """What a chart shows, for those who cannot see it."""
    ranges = ", ".join(_range(curve, chart.unit, report) for curve in chart.curves)
    limits = ", ".join(report.phrase("limit_line", label=limit.label) for limit in chart.limits)
    said = report.phrase("chart_says", title=chart.title, caption=chart.caption, ranges=ranges, limits=limits)
    return said.rstrip("; ")


def _range(curve: Curve, unit: str, report: Report) -> str:
    low, high = min(curve.values), max(curve.values)
    decimals = 0 if unit == "W" else 1
    said = report.phrase(
        "chart_range", label=curve.label, low=f"{low:.{decimals}f}", high=f"{high:.{decimals}f}", unit=unit
    )
    return said.strip()


def _devices(report: Report) -> Iterator[str]:
    words = report.phrases
    yield f'<section class="devices"><h2>{escape(words["devices"])} <span>{len(report.devices)}</span></h2>'
    if not report.devices:
        yield f"<p>{escape(words['no_devices'])}</p>"
    yield '<div class="cards">'
    yield from (_device(device, report) for device in report.devices)
    yield "</div></section>"


def _device(device: DeviceFacts, report: Report) -> str:
    words = report.phrases
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in device.facts)
    problem = f'<p class="problem">{escape(words["problem"])}: {escape(device.problem)}</p>' if device.problem else ""
    power = ""
    if device.power is not None:
        said = f"{words['power']}: {_range(device.power, 'W', report)}"
        power = f"<figure>{small_svg(device.power, said)}<figcaption>{escape(said)}</figcaption></figure>"
    state = f'<span class="state">{escape(device.product)}, {escape(device.state)}</span>'
    return f"<article><h3>{escape(device.name)} {state}</h3>{problem}<dl>{facts}</dl>{power}</article>"


def _footer(report: Report) -> Iterator[str]:
    words = report.phrases
    meanings = "".join(
        f'<li><span class="verdict {verdict}">{escape(words[verdict])}</span> {escape(words[f"means_{verdict}"])}</li>'
        for verdict in WORST_FIRST
        if verdict is not Verdict.NA
    )
    yield f'<footer><ul class="meanings">{meanings}</ul>'
    yield f"<p><b>{escape(words['disclaimer'])}</b> {escape(words['license'])}</p></footer>"
