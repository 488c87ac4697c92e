"""Which arguments there are, with help in both languages."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, NoReturn

from surplus._version import __version__
from surplus.cli import files, ledgers, plans
from surplus.cli.chinese import chinese
from surplus.cli.words import Words

Run = Callable[[argparse.Namespace], int]


class _Parser(argparse.ArgumentParser):
    """argparse, whose own words are said in the language of the command."""

    word = Words("en")

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, add_help=False, allow_abbrev=False)
        word = self.word
        self._positionals.title = word("arguments", "参数")
        self._optionals.title = word("options", "选项")
        words = word("show this help and stop", "显示本帮助")
        self.add_argument("-h", "--help", action="help", help=words)
        self.formatter_class = _formatter(word("usage: ", "用法:"))

    def error(self, message: str) -> NoReturn:
        """Say how the command is called and what is wrong; status 2."""
        word = self.word
        self.exit(2, f"{self.format_usage()}{self.prog}: {word(message, chinese(message))}\n")


def _formatter(prefix: str) -> type[argparse.HelpFormatter]:
    class Formatter(argparse.HelpFormatter):
        def add_usage(
            self,
            usage: str | None,
            actions: Iterable[argparse.Action],
            groups: Iterable[Any],
            prefix: str | None = prefix,
        ) -> None:
            super().add_usage(usage, actions, groups, prefix)

    return Formatter


class _Commands:
    """Adds commands, and the arguments that several of them have."""

    def __init__(self, word: Words) -> None:
        self.word = word
        speaking = type("Parser", (_Parser,), {"word": word})
        self.top: argparse.ArgumentParser = speaking(
            prog="surplus",
            description=word(
                "Move money that projects no longer need to the projects that lack it.",
                "把项目不再需要的资金调剂给有缺口的项目。",
            ),
        )
        version = word("show the version and stop", "显示版本号")
        self.top.add_argument(
            "--version", action="version", version=f"surplus {__version__}", help=version
        )
        self._common(self.top, default=None)
        self._all = self.top.add_subparsers(
            required=True,
            dest="command",
            metavar="COMMAND",
            title=word("commands", "命令"),
            parser_class=speaking,
        )

    def _common(self, parser: argparse.ArgumentParser, default: Any) -> None:
        word = self.word
        parser.add_argument(
            "--lang",
            choices=("en", "zh"),
            default=default,
            help=word(
                "language of messages and papers; otherwise SURPLUS_LANG or the locale decides",
                "消息与文书的语言;未指定时由 SURPLUS_LANG 或系统区域决定",
            ),
        )
        parser.add_argument(
            "-v",
            "--verbose",
            action="store_true",
            default=default or False,
            help=word("say what is done", "显示处理过程"),
        )

    def add(self, name: str, run: Run, english: str, chinese: str) -> argparse.ArgumentParser:
        summary = self.word(english, chinese)
        parser: argparse.ArgumentParser = self._all.add_parser(
            name, help=summary, description=summary
        )
        parser.set_defaults(run=run)
        self._common(parser, argparse.SUPPRESS)  # or it would undo what stands before the command
        return parser

    def ledger(self, parser: argparse.ArgumentParser, name: str = "ledger") -> None:
        """The ledger, and what its files may leave open."""
        word = self.word
        words = word(
            "ledger.json, ledger.xlsx, a wide ledger.csv, or a folder of CSV or Parquet files",
            "台账:ledger.json、ledger.xlsx、宽表 ledger.csv,或 CSV、Parquet 文件夹",
        )
        if name.startswith("--"):
            parser.add_argument(name, required=True, metavar="LEDGER", help=words)
        else:
            parser.add_argument(name, metavar="LEDGER", help=words)
        parser.add_argument(
            "--unit",
            choices=("yuan", "wan"),
            help=word(
                "unit of amounts in a workbook or in Parquet that names none: 元 or 万元",
                "工作簿或 Parquet 未注明单位时的金额单位:元或万元",
            ),
        )
        parser.add_argument(
            "--as-of",
            type=_day(word),
            metavar="DATE",
            help=word(
                "the day whose state the ledger is, where it names none", "台账未注明时的截止日期"
            ),
        )

    def policy(self, parser: argparse.ArgumentParser, required: bool = True) -> None:
        words = self.word("policy.json or policy.toml", "规则:policy.json 或 policy.toml")
        parser.add_argument("--policy", required=required, metavar="POLICY", help=words)

    def json(self, parser: argparse.ArgumentParser) -> None:
        words = self.word("print only JSON", "只输出 JSON")
        parser.add_argument("--json", action="store_true", help=words)


def parser(word: Words) -> argparse.ArgumentParser:
    """The parser of the command, speaking the language of `word`."""
    commands = _Commands(word)
    _plans(commands, word)
    _ledgers(commands, word)
    _files(commands, word)
    return commands.top


def _plans(commands: _Commands, word: Words) -> None:
    plan = commands.add(
        "plan", plans.plan, "Find the best exact plan.", "求出精确到分的最优调剂方案。"
    )
    commands.ledger(plan)
    commands.policy(plan)
    words = word(
        "write plan.json here; into a folder, OUTPUT/, all papers",
        "把 plan.json 写到此处;若为文件夹(OUTPUT/)则写出全部文书",
    )
    plan.add_argument("-o", "--output", metavar="OUTPUT", help=words)
    words = word("then the best exact plan found so far", "求解时限;到时给出已找到的最优精确方案")
    plan.add_argument("--time-limit", type=float, metavar="SECONDS", help=words)
    commands.json(plan)

    verify = commands.add(
        "verify", plans.verify, "Check a plan on its ledger, without a solver.", "不用求解器,按台账核验方案。"
    )  # fmt: skip
    verify.add_argument("plan", metavar="PLAN", help="plan.json")
    commands.ledger(verify, "--ledger")
    commands.policy(verify)
    commands.json(verify)

    explain = commands.add(
        "explain",
        plans.explain,
        "Why gaps stay open, what money and rules are worth.",
        "说明缺口为何未弥补,资金与规则各值多少。",
    )
    commands.ledger(explain)
    commands.policy(explain)
    explain.add_argument(
        "--project", metavar="ID", help=word("only this project", "只说明这个项目")
    )
    words = word(
        "a change as JSON: plan again, and show what is different",
        "以 JSON 给出一项变化:重新求解并列出差异",
    )
    explain.add_argument("--what-if", metavar="JSON", help=words)
    words = word("plan again for each bound of a rule", "对规则的每个限值分别求解")
    explain.add_argument("--frontier", nargs="+", metavar=("RULE", "BOUND"), help=words)
    words = word("what this case's plan does differently", "与此方案相比有何不同")
    explain.add_argument("--compare", metavar="PLAN", help=words)
    commands.json(explain)


def _ledgers(commands: _Commands, word: Words) -> None:
    audit = commands.add(
        "audit", ledgers.audit, "Look for figures that cannot be right.", "查找台账中不可能正确的数字。"
    )  # fmt: skip
    commands.ledger(audit)
    commands.json(audit)

    steps = commands.add(
        "waterfall",
        ledgers.waterfall,
        "Show how one project's balance comes about.",
        "逐步说明一个项目的结余或缺口如何得出。",
    )
    commands.ledger(steps)
    steps.add_argument("project", metavar="ID", help=word("id of the project", "项目编号"))
    commands.policy(steps, required=False)
    commands.json(steps)

    days = commands.add(
        "calendar",
        ledgers.calendar,
        "What a plan's deadlines are, and when money expires.",
        "方案的各项期限,以及资金何时到期。",
    )
    commands.ledger(days)
    words = word("policy.json or policy.toml", "规则:policy.json 或 policy.toml")
    days.add_argument("policy", metavar="POLICY", help=words)
    days.add_argument("plan", metavar="PLAN", help="plan.json")
    words = word("write an iCalendar file (.ics) here", "把 iCalendar 文件(.ics)写到此处")
    days.add_argument("-o", "--output", metavar="FILE", help=words)
    words = word("the plan's date; the ledger's date if not given", "方案日期;未指定时用台账日期")
    days.add_argument("--start", type=_day(word), metavar="DATE", help=words)
    commands.json(days)

    pace = commands.add(
        "progress",
        ledgers.progress,
        "Payment rates against the time elapsed in the year.",
        "支付率与序时进度的比较。",
    )
    commands.ledger(pace)
    words = word("the day, such as 2026-06-30", "日期,如 2026-06-30")
    pace.add_argument("--on", type=_day(word), required=True, metavar="DATE", help=words)
    words = word("money that expires by this day is at risk", "在此日前到期的资金视为有风险")
    pace.add_argument("--by", type=_day(word), metavar="DATE", help=words)
    commands.json(pace)


def _files(commands: _Commands, word: Words) -> None:
    template = commands.add(
        "template",
        files.template,
        "Write a ledger or a policy to fill in.",
        "写出待填写的台账或规则模板。",
    )
    words = word(
        "ledger.xlsx, policy.toml, or a folder, ledger/, for CSV files",
        "ledger.xlsx、policy.toml,或存放 CSV 的文件夹 ledger/",
    )
    template.add_argument("output", metavar="OUTPUT", help=words)
    words = word(
        "of a workbook: wide has a column for each source, long a row for each amount",
        "工作簿的样式:wide 每个来源一列,long 每笔资金一行",
    )
    template.add_argument("--layout", choices=("wide", "long"), default="wide", help=words)

    days = commands.add(
        "holidays",
        files.holidays,
        "Print holidays and made-up working days for a policy.",
        "输出某国的节假日与调休上班日,供写入规则。",
    )
    words = word("two letters, such as CN", "两个字母,如 CN")
    days.add_argument("country", metavar="COUNTRY", help=words)
    words = word("such as 2026", "如 2026")
    days.add_argument("years", nargs="+", type=int, metavar="YEAR", help=words)

    schema = commands.add(
        "schema", files.schema, "Print the JSON Schema of a document.", "输出文档的 JSON Schema。"
    )
    words = word("which document", "哪一种文档")
    schema.add_argument("document", choices=("ledger", "policy", "plan"), help=words)

    generate = commands.add(
        "generate", files.generate, "Write a generated ledger and policy.", "写出生成的台账与规则。"
    )
    words = word("how many projects; 100 if not given", "项目个数;默认 100")
    generate.add_argument("--projects", type=int, default=100, metavar="N", help=words)
    words = word("the same seed gives the same files", "相同的种子得到相同的文件")
    generate.add_argument("--seed", type=int, default=0, metavar="N", help=words)
    words = word("folder for both files", "存放两个文件的文件夹")
    generate.add_argument("-o", "--output", default=".", metavar="FOLDER", help=words)


def _day(word: Words) -> Callable[[str], date]:
    def read(text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            words = word(
                f"'{text}' is not a date; needed: year-month-day, such as 2026-06-30",
                f"“{text}”不是日期;需要:年-月-日,如 2026-06-30",
            )
            raise argparse.ArgumentTypeError(words) from None

    return read
