"""The command in both languages, on terminals and elsewhere: the same content, nothing that steers."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import surplus
import surplus.cli
from surplus.cli import main
from surplus.cli.parser import parser
from surplus.cli.show import rich
from surplus.cli.words import Words, language
from surplus.io import read_policy
from surplus.report.answers import explained, stepped
from surplus.report.rows import Block, Table
from surplus.report.summary import summary
from surplus.report.text import text

EXAMPLES = Path(__file__).parents[1] / "examples" / "data"
LEDGER, POLICY = str(EXAMPLES / "seed_county.json"), str(EXAMPLES / "seed_policy.json")
CASE = [LEDGER, "--policy", POLICY]
HAN = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        ([], {}, "en"),
        ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LANG": "de_DE.UTF-8"}, "en"),
        ([], {"LANG": "en_US.UTF-8", "LC_ALL": "zh_TW.UTF-8"}, "zh"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ([], {"LANG": "zh_CN.UTF-8", "SURPLUS_LANG": "en"}, "en"),
        (["plan", "x", "--lang", "zh"], {"SURPLUS_LANG": "en"}, "zh"),
        (["--lang=en", "plan"], {"SURPLUS_LANG": "zh"}, "en"),
        (["plan", "--lang"], {"SURPLUS_LANG": "zh"}, "zh"),
    ],
)
def test_which_language(arguments: list[str], environment: dict[str, str], expected: str) -> None:
    assert language(arguments, environment) == expected


def commands(lang: str) -> dict[str, Any]:
    top = parser(Words(lang))
    (action,) = (a for a in top._actions if a.dest == "command")
    return {"": top, **action.choices}  # type: ignore[dict-item]


@pytest.mark.parametrize("command", commands("en"))
def test_help_is_whole_in_both_languages(command: str) -> None:
    english, chinese = (commands(lang)[command] for lang in ("en", "zh"))
    assert not HAN.search(english.format_help().replace("元 or 万元", ""))
    assert HAN.search(chinese.description)
    assert [a.dest for a in english._actions] == [a.dest for a in chinese._actions]
    for one, other in zip(english._actions, chinese._actions, strict=True):
        if one.dest != "command":
            assert one.help
            assert one.help.endswith(".json") or HAN.search(other.help), one.dest
    words = chinese.format_help()
    assert words.startswith("用法:")
    for english_word in ("usage", "options:", "positional", "show this"):
        assert english_word not in words


COMMANDS = [
    ["plan", *CASE],
    ["audit", LEDGER],
    ["explain", *CASE],
    ["explain", *CASE, "--frontier", "industry-central", "60%", "66%"],
    ["explain", *CASE, "--what-if", '{"source": "county-2024", "money": "10000"}'],
    ["waterfall", LEDGER, "JS001"],
    ["progress", LEDGER, "--on", "2024-06-30", "--by", "2025-12-31"],
]


@pytest.mark.parametrize(
    "arguments", COMMANDS, ids=[" ".join(c)[:9] + str(len(c)) for c in COMMANDS]
)
def test_both_languages_give_the_same_figures(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    said = {}
    for lang in ("en", "zh"):
        main([*arguments, "--lang", lang])
        said[lang] = capsys.readouterr().out
    figures = {
        lang: sorted(re.findall(r"[0-9][0-9,]*\.[0-9]{2}", out)) for lang, out in said.items()
    }
    assert figures["en"] == figures["zh"]
    assert figures["en"]
    # Names of the ledger and ids of rules stay; sentences do not.
    given = "".join(Path(path).read_text("utf-8") for path in (LEDGER, POLICY))
    known = set(re.findall(r"[A-Za-z][\w-]*", given))
    left = set(re.findall(r"[A-Za-z][\w-]*", said["zh"])) - known
    assert left <= {"fill", "stated", "issued", "payment_rate", "settlement", "audited", "contract"}


def blocks(lang: str) -> list[Block]:
    ledger, policy = surplus.read(LEDGER), read_policy(POLICY)

    class Wanted:
        project = what_if = frontier = compare = None

    Wanted.lang = lang  # type: ignore[attr-defined]
    shown, _ = explained(ledger, policy, Wanted())  # type: ignore[arg-type]
    plan = surplus.reallocate(ledger, policy)
    steps = stepped(surplus.waterfall(ledger, "JS001"), lang)
    odd = Table("[bold]x[/]", ("a", "数"), (("中文[red]", Decimal("1.50")), ("b", Decimal(-20))))
    return [*summary(plan, lang), *shown, *steps, odd]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_rich_shows_the_same_as_plain_text(lang: str) -> None:
    stream = io.StringIO()
    rich(blocks(lang), stream, width=600)
    # Without rules and spaces, the two are one text.
    drawn = re.sub(r"[\s─━╶╴]", "", stream.getvalue())
    assert drawn == re.sub(r"\s", "", text(blocks(lang)))


def width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def test_amounts_stand_to_the_right_whatever_the_width_of_letters() -> None:
    rows = (
        ("中央衔接资金", Decimal("1234567.50"), "长"),
        ("b", Decimal("2.05"), "x"),
        ("x", None, ""),
    )
    lines = text([Table("", ("来源", "amount", "说明"), rows)]).split("\n")
    places = [("amount", "说明"), ("1,234,567.50", "长"), ("2.05", "x")]
    ends = {
        width(line[: line.index(a) + len(a)]) for line, (a, _) in zip(lines, places, strict=False)
    }
    starts = {width(line[: line.index(b)]) for line, (_, b) in zip(lines, places, strict=False)}
    assert (len(ends), len(starts)) == (1, 1)


def test_names_cannot_steer_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = "\x1b]0;owned\x07\x1b[31m\u202e"
    ledger = {
        "sources": [{"id": "c", "unallocated": "5"}],
        "projects": [{"id": "A", "name": evil, "category": evil, "price": {"contract": "9"}}],
    }
    policy = {
        "rules": [{"kind": "cap", "flow": "in", "at_most": "1", "project": {"category": evil}}]
    }
    for name, document in (("ledger.json", ledger), ("policy.json", policy)):
        (tmp_path / name).write_text(json.dumps(document))
    files = [str(tmp_path / "ledger.json"), "--policy", str(tmp_path / "policy.json")]
    for terminal in (False, True):
        monkeypatch.setattr(sys.stdout, "isatty", lambda terminal=terminal: terminal, raising=False)
        assert main(["plan", *files]) == 0
        assert main(["explain", *files]) == 0
        assert main(["waterfall", *files[:1], evil]) == 1
    out, err = capsys.readouterr()
    out = re.sub("\x1b\\[[01]m", "", out)  # the bold heads of our own tables
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", out + err)


def test_without_rich_the_text_is_plain(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["plan", *CASE])
    plain = capsys.readouterr().out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    main(["plan", *CASE])
    assert capsys.readouterr().out != plain
    monkeypatch.setattr("surplus.cli.show.find_spec", lambda _: None)
    main(["plan", *CASE])
    assert capsys.readouterr().out == plain


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "This is a defect of surplus"), ("zh", "这是 surplus 程序本身的缺陷")],
)
def test_a_defect_is_called_one(
    lang: str, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    def broken(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("surplus.auditing.audit", broken)
    assert main(["audit", LEDGER, "--lang", lang]) == surplus.cli.DEFECT
    err = capsys.readouterr().err
    assert words in err
    assert "ZeroDivisionError: division by zero" in err
    assert "Traceback" not in err
    assert not caplog.records
    with caplog.at_level(logging.INFO):
        assert main(["-v", "audit", LEDGER, "--lang", lang]) == surplus.cli.DEFECT
    assert any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize(("lang", "stage"), [("en", "balance"), ("zh", "测算结余与缺口")])
def test_a_bar_on_terminals_only(
    lang: str, stage: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["plan", *CASE, "--lang", lang]) == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    seen: list[str] = []
    monkeypatch.setattr(
        "rich.progress.Progress.update", lambda *_, **k: seen.append(k["description"])
    )
    assert main(["plan", *CASE, "--lang", lang]) == 0
    assert seen[0] == stage
    assert len(seen) == len(set(seen)) >= 5
    assert capsys.readouterr().out.count("\n") > 30


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_wrong_arguments_are_said(lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [
        ["plan", LEDGER],
        ["plan"],
        ["plan", *CASE, "--colour"],
        ["plan", *CASE, "--unit", "fen"],
        ["plan", *CASE, "--as-of", "tomorrow"],
        ["plan", LEDGER, "--policy"],
        ["explain", *CASE, "--frontier"],
        ["generate", "--projects", "many"],
        ["schema", "plans"],
        [],
        ["reallocate"],
    ]
    for arguments in wrong:
        with pytest.raises(SystemExit) as stopped:
            main(["--lang", lang, *arguments])
        assert stopped.value.code == 2
        err = capsys.readouterr().err
        assert err.startswith("用法:" if lang == "zh" else "usage: ")
        last = err.strip().split("\n")[-1]
        assert bool(HAN.search(last)) == (lang == "zh"), last
