"""The plan as one self-contained web page for publication: no network, everything escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html import escape
from importlib.resources import files

from surplus.ledger import Ledger
from surplus.plan.data import Plan
from surplus.policy import Policy
from surplus.report.case import Case, case
from surplus.report.flow import flow, flow_table
from surplus.report.page.markup import details, html, note, section, table
from surplus.report.page.pictures import rule_bars, sankey
from surplus.report.papers import TITLE, tables
from surplus.report.rows import Both, Table, Words, shortened

MOST_ROWS = 500
"""Rows of a table at most, so that the page of a large plan stays small."""

_UNIT = Both("单位:元", "amounts in yuan")
_ALONE = Both(
    "本页为单个文件,不联网,不收集任何信息。",
    "This page is one file; it loads nothing and collects nothing.",
)
_PARTS = {
    "totals": Both("总体情况", "Totals"),
    "flow": Both("资金流向", "Where the money goes"),
    "rules": Both("规则:调整前后", "Rules: before and after"),
    "by-project": Both("项目", "Projects"),
    "steps": Both("结余与缺口如何得出", "How a project's balance comes about"),
    "moves": Both("调剂明细", "Transfers"),
    "money": Both("资金来源与期限", "Sources and their dates"),
    "days": Both("日程", "Calendar"),
    "open": Both("未弥补缺口", "Gaps that stay open"),
    "proof": Both("目标与证明", "Objectives and proof"),
}


def to_html(plan: Plan, ledger: Ledger, policy: Policy, lang: str = "zh") -> str:
    """The page in both languages; `lang` (`zh` or `en`) is the one that is shown first.

    Raises:
        SurplusError: For another language.
    """
    first = "en" if Words(lang).lang == "en" else "zh"
    of = case(plan, ledger, policy, first, MOST_ROWS)
    found = {
        t.key: shortened(t, MOST_ROWS)
        for t in tables(plan, ledger, policy, "both", most=MOST_ROWS, every=True)
    }
    parts = [part for part in _sections(of, found) if part]
    style, script = (
        files("surplus.report.page").joinpath(name).read_text("utf-8")
        for name in ("style.css", "script.js")
    )
    content = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    about = f": {ledger.name}" if ledger.name else ""
    title = Both(TITLE[1] + about, TITLE[0] + about)
    return f"""<!doctype html>
<html lang="{"en" if first == "en" else "zh-CN"}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{content}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="surplus">
<title>{escape(getattr(title, first))}</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">{html(Both("跳到正文", "Skip to the content"))}</a>
<header>
<div>
<h1>{html(title)}</h1>
{note(_dated(ledger))}
</div>
{_switch(first)}
</header>
{_nav(parts)}
<main id="main">
{chr(10).join(parts)}
</main>
<footer>
{note(_ALONE)}
</footer>
<script>{script}</script>
</body>
</html>
"""


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _dated(ledger: Ledger) -> str:
    if ledger.as_of is None:
        return _UNIT
    return Both(f"截至 {ledger.as_of},{_UNIT.zh}", f"As of {ledger.as_of}, {_UNIT.en}")


def _switch(first: str) -> str:
    """Two radio buttons, which the style sheet heeds also where scripts do not run."""
    choices = "".join(
        f'<label><input type="radio" name="lang" id="lang-{key}" autocomplete="off"'
        f'{" checked" if key == first else ""}> <span lang="{code}">{name}</span></label>'
        for key, code, name in (("zh", "zh-CN", "中文"), ("en", "en", "English"))
    )
    return f"<fieldset>\n<legend>语言 / Language</legend>\n{choices}\n</fieldset>"


def _nav(parts: list[str]) -> str:
    there = [key for key in _PARTS if any(f'<section id="{key}"' in part for part in parts)]
    items = "".join(f'<li><a href="#{key}">{html(_PARTS[key])}</a></li>' for key in there)
    return f'<nav aria-label="目录 / Contents">\n<ul>{items}</ul>\n</nav>'


def _sections(of: Case, found: dict[str, Table]) -> Iterator[str]:
    """The parts of the page, in their order."""

    def part(key: str, *inner: str) -> str:
        return section(key, _PARTS[key], *inner)

    yield part("totals", _totals(found["summary"]))
    if len(of.plan.amount):
        money = flow(of.plan, of.ledger)
        same = table(flow_table(money), _UNIT)
        yield part(
            "flow", sankey(money), details(Both("同一内容的表格", "The same as a table"), same)
        )
    all_rules = Both("全部规则", "All rules")
    yield part("rules", *rule_bars(of), table(found["rules"], all_rules, "all-rules"))
    yield part("by-project", _searched(found["projects"]))
    every = Both("全部项目的测算表", "The balances of all projects")
    yield part("steps", _chooser(), details(every, table(found["balances"], _UNIT)))
    by_source = Both("分项目、分来源的调整", "Adjustments by project and source")
    adjusted = details(by_source, table(found["adjustments"], _UNIT))
    yield part("moves", _searched(found["transfers"]), adjusted)
    yield part("money", table(found["sources"], _UNIT), table(found["dying"], found["dying"].name))
    if "calendar" in found:
        yield part("days", table(found["calendar"], found["calendar"].name))
    if found["gaps"].rows:
        yield part("open", table(found["gaps"], _UNIT))
    proof = found["certificate"]
    aims = table(found["objectives"], found["objectives"].name)
    yield part("proof", _proof(), aims, details(proof.name, table(proof, proof.name)))


def _totals(summary: Table) -> str:
    wanted = ("available", "need", "moved", "filled", "unmet", "left")
    more = ("projects", "givers", "takers", "transfers", "status")
    by_mark = dict(zip(summary.marks, summary.rows, strict=True))
    cells = "".join(
        f'<div id="total-{mark}"><dt>{html(by_mark[mark][0])}</dt><dd>{html(by_mark[mark][1])}</dd></div>'
        for mark in (*wanted, *more)
    )
    return f'<dl class="totals">{cells}</dl>'


def _searched(of: Table) -> str:
    """A table with a field that searches it, and heads that sort it."""
    label = Both("搜索", "Search")
    rest = note(Both("只列金额最大的行,其余合并为一行;全部内容见方案文件 plan.json。",
                     "Only the largest rows are shown, the rest as one; all are in plan.json."))  # fmt: skip
    return (
        f'<div class="tool" hidden><label for="search-{of.key}">{html(label)}</label> '
        f'<input type="search" id="search-{of.key}" data-for="{of.key}" autocomplete="off"> '
        f'<output id="count-{of.key}" for="search-{of.key}" aria-live="polite"></output></div>\n'
        + (rest if of.rest is not None else "")
        + table(of, _UNIT, sortable=True)
    )


def _chooser() -> str:
    heads = "".join(
        f'<th scope="col"{kind}>{html(words)}</th>'
        for words, kind in (
            (Both("步骤", "step"), ""),
            (Both("金额(元)", "yuan"), ' class="n"'),
            (Both("图示", "bar"), ""),
        )
    )
    return (
        '<div id="choose" hidden>\n<div class="tool">'
        f'<label for="project">{html(Both("选择项目", "Choose a project"))}</label> '
        '<select id="project" autocomplete="off"></select></div>\n'
        f'<div class="wide"><table class="bars"><caption>{html(Both("瀑布图", "Waterfall"))}</caption>'
        f'<thead><tr>{heads}</tr></thead><tbody id="waterfall" aria-live="polite"></tbody>'
        "</table></div>\n</div>"
    )


def _proof() -> str:
    words = Both(
        "在遵守全部规则的前提下,没有任何方案超过下表所列上限。证明由方案文件所附的少量乘数给出,"
        "任何人均可核对:surplus verify plan.json --ledger 台账 --policy 规则",
        "No plan that keeps all rules exceeds the bounds below. A few multipliers in the plan's document "
        "prove it, and anyone can check them: surplus verify plan.json --ledger LEDGER --policy POLICY",
    )
    return f"<p>{html(words)}</p>"
