"""The tables of words and of limits, over all rules: nothing is missing, nothing is left over."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from tui.core.checks.finding import Verdict
from tui.core.checks.ownlimits import OWN, OWN_TEXT
from tui.core.checks.registry import RULES
from tui.core.options import LANGUAGES
from tui.core.profiles import PROFILES
from tui.engine.checkdata import TABLES, load_limits, load_words

REGIONS = sorted({name.removesuffix("-3x230") for name in PROFILES})
WORDS: dict[str, dict[str, Any]] = {
    language: tomllib.loads((TABLES / "words" / f"{language}.toml").read_text()) for language in LANGUAGES
}
EN = WORDS["en"]


def _limits(name: str) -> dict[str, Any]:
    return tomllib.loads((TABLES / "limits" / f"{name}.toml").read_text())


def _sentences(table: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _sentences(value, (*path, key))
        else:
            yield (*path, key), value


def _placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_each_language_has_the_same_sentences_with_the_same_names_in_braces() -> None:
    english = {path: _placeholders(sentence) for path, sentence in _sentences(EN)}
    for language in LANGUAGES:
        assert {path: _placeholders(sentence) for path, sentence in _sentences(WORDS[language])} == english, language


def test_every_rule_has_words_and_no_other() -> None:
    assert EN.keys() - {"terms", "report", "any", "guided"} == RULES.keys()


def test_every_word_of_a_report_is_used() -> None:
    """By its key, or by one that is put together: a family, and a verdict, a state, a role or a grid."""
    code = "\n".join(path.read_text("utf-8") for path in TABLES.parents[1].rglob("*.py")).replace("'", '"')
    families = set(re.findall(r'f"([a-z]+)_\{', code))
    keys = [key for key in EN["report"] if f'"{key}"' not in code and key.partition("_")[0] not in families]
    assert set(keys) <= set(Verdict)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_a_short_name_a_limit_and_whole_cases(language: str, rule: str) -> None:
    table = WORDS[language][rule]
    assert 0 < len(table["name"]) <= 14
    assert isinstance(table.get("limit"), str)
    cases = {case: parts for case, parts in table.items() if isinstance(parts, dict)}
    assert cases
    assert {case.partition("-")[0] for case in cases} <= set(Verdict)
    for case, parts in cases.items():
        assert parts["line"], case
        assert parts.keys() <= {"line", "text", "advice", "limit"}, case
        if case.startswith(("warn", "fail")):
            assert parts["text"], f"{case} must say what it means"
            assert parts["advice"], f"{case} must say what to do"
        assert not any(text.endswith(" ") or "  " in text for text in parts.values()), case


@pytest.mark.parametrize("region", REGIONS)
def test_every_limit_has_a_source_and_belongs_to_a_rule(region: str) -> None:
    limits = load_limits(region)
    for table in (_limits("base"), _limits(region)):
        assert table.keys() - {"sources"} <= RULES.keys()
    for rule in RULES:
        assert all(limits.source_of([f"{rule}.{name}"]) for name in limits.of_rule(rule))


def test_every_source_is_named_by_a_limit() -> None:
    tables = [_limits(name) for name in ("base", *REGIONS)]
    named = {
        source
        for table in tables
        for rule, limits in table.items()
        if rule != "sources"
        for source in (limits.get("source"), *(one.get("source") for one in limits.values() if isinstance(one, dict)))
    }
    given = {key for table in tables for key in table.get("sources", {})}
    assert given - {"thumb", "own-choice"} <= named  # those two are for anyone


def test_sources_in_our_own_words_are_told_in_each_language_and_citations_as_they_are() -> None:
    limits, names = load_limits("nl"), ("link.late_s", "neutral.loose.high_v", "pv.cable.fail_v")
    assert load_words("en").source(limits, names) == "own choice; rule of thumb; autarco.com; energiekennisbank.nl"
    dutch = "eigen keuze; vuistregel; autarco.com; energiekennisbank.nl"
    assert load_words("nl").source(limits, names) == dutch
    every = {key: text for name in ("base", *REGIONS) for key, text in _limits(name).get("sources", {}).items()}
    told = {key.removeprefix("source_"): text for key, text in EN["terms"].items() if key.startswith("source_")}
    assert {key: text for key, text in {**every, OWN: OWN_TEXT}.items() if key in told} == told
