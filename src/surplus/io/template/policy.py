"""A policy to begin with: what holds is set, every other rule and objective stands by with its words."""

# ruff: noqa: E501 - words of two languages side by side

from __future__ import annotations

from typing import NamedTuple

__all__ = ["OBJECTIVES", "RULES", "policy_template"]


class Entry(NamedTuple):
    """A rule or an objective: what it says in both languages, and an example in TOML."""

    kind: str
    english: str
    chinese: str
    example: str


RULES = (
    Entry("permit", "Money of a source goes only where a permit for it allows.",
          "专项资金只能用于准许的用途;同一资金可有多条准许。",
          'source = { level = "central" }\nproject = { category = ["产业发展", "基础设施"] }'),
    Entry("forbid", "A negative list: no selected money goes into selected projects.",
          "负面清单:所选资金不得用于所选项目。", 'project = { category = "楼堂馆所" }'),
    Entry("share", "After the move a share of some money is with certain projects (60 % with industry).",
          "调整后某类资金中某类项目的占比(如产业不低于 60%)。",
          'source = { level = "central" }\nproject = { category = "产业发展" }\nat_least = "60%"\nof = "final"'),
    Entry("cap", "At most so much, or such a share of what is planned, moves in or out.",
          "调入或调出的金额(或占计划投资的比例)上限;per 按字段分别计算。",
          'flow = "out"\nper = "township"\nat_most = "50%"'),
    Entry("cumulative_cap", "Like cap, less what earlier plans of the year moved.",
          "同 cap,但扣除本年此前方案已调剂的金额。",
          'flow = "in"\nat_most = "500000.00"\n'
          'earlier = [{ source = "中央", from = "P001", to = "P002", amount = "1000.00" }]'),
    Entry("reserve", "Part of each selected source stays unmoved.", "所选资金留存一定比例(或金额)不调剂。",
          'source = { level = "county" }\nat_least = "10%"'),
    Entry("within", "Money stays among projects with the same value of a field.",
          "资金只在同一字段值的项目之间调剂(如不出乡镇)。", 'source = { level = "county" }\nby = "township"'),
    Entry("expiry", "Expired money, or money older than so many years, is not moved.",
          "到期或结转满若干年的资金不再调剂(应予收回)。", "years = 2"),
    Entry("co_finance", "In each selected project, a share of the money is from the selected sources.",
          "每个所选项目中,所选资金占比不低于(或不高于)给定比例。",
          'source = { level = "county" }\nproject = { category = "基础设施" }\nat_least = "10%"'),
    Entry("ceiling", "A project that receives ends with at most a share of its plan, audit or cost.",
          "获得调入的项目,调整后不超过计划(或审定价、成本)的给定比例。", 'of = "planned"\nat_most = "120%"'),
    Entry("must_fund", "Every selected project receives at least a share of its gap.",
          "所选项目的缺口至少弥补给定比例(如清欠)。", 'project = { tags = { use = "清欠" } }\nat_least = "100%"'),
    Entry("precede", "The second group receives nothing while a gap of the first is open.",
          "先保前者:前一类项目缺口未弥补完,后一类不得调入。",
          'first = { category = "三保" }\nthen = { category = "基础设施" }'),
    Entry("minimum", "A project receives nothing, or at least so much.", "项目要么不调入,要么不少于给定金额。",
          'at_least = "10000.00"'),
    Entry("lot", "What a project receives is a multiple of an amount.", "调入金额为给定金额的整数倍。",
          'size = "100.00"'),
    Entry("whole", "A gap is closed completely, or not at all.", "缺口要么全部弥补,要么不弥补。",
          'project = { tags = { kind = "新建" } }'),
    Entry("single_source", "A project receives money of at most so many sources.",
          "每个项目至多由若干个来源调入。", "at_most = 1"),
    Entry("recipients", "At most so many projects receive money.", "获得调入的项目个数上限。", "at_most = 20"),
    Entry("transfers", "At most so many transfers.", "调剂笔数上限。", "at_most = 30"),
    Entry("approval", "Transfers above an amount need a level of approval.", "超过一定金额的调剂需要相应层级审批。",
          'tiers = [{ above = "500000.00", level = "领导小组" }]'),
    Entry("freeze", "Selected projects keep what they have and get nothing.", "冻结:所选项目不调出也不调入。",
          'project = { tags = { state = "审计中" } }'),
)  # fmt: skip

OBJECTIVES = (
    Entry("fill", "Fill gaps, weighted by priority (weight: priority, none or tiers).",
          "弥补缺口,按优先级加权(weight:priority、none 或 tiers)。", 'weight = "priority"'),
    Entry("cost", "Move at the least cost.", "调剂成本最低。",
          'charges = [{ source = { level = "county" }, per_unit = "2" }]'),
    Entry("expiring_first", "Use first what expires first.", "先用先到期的资金。", ""),
    Entry("spare", "Spare the most flexible money.", "少用用途最灵活的资金(如县级)。", ""),
    Entry("complete", "Close as many gaps as possible completely.", "完全弥补的项目尽量多。", ""),
    Entry("fewest", "As few transfers, donors or recipients as possible.", "调剂笔数(或调出、调入项目)尽量少。",
          'count = "transfers"'),
    Entry("stable", "Stay close to an earlier plan.", "与此前方案的差异尽量小。",
          'plan = [{ source = "中央", from = "P001", to = "P002", amount = "1000.00" }]'),
    Entry("stay", "Prefer moves within the same value of a field.", "尽量在同一字段值内调剂(如同一乡镇)。",
          'by = "township"'),
    Entry("proportional", "Lift the lowest share of a gap that is filled.", "使最低的弥补比例尽量高。", ""),
    Entry("fair", "As even as possible between the values of a field.", "各字段值之间弥补比例尽量均衡。",
          'by = "township"'),
)  # fmt: skip

_HEAD = {
    "en": """\
# A policy: how balances are struck, which rules tie the money, what a plan aims at.
# It is valid as it stands. Take away the "# " in front of a block to make it hold; change what it names.
# Every rule may also have: id = "…" (a name), cite = "…" (the regulation),
# severity = "elastic" with price = "…", or severity = "advisory" (then it only reports).
# A selection such as { level = "central" } or { category = ["a", "b"] } names what must agree;
# without one, all is meant. Amounts are texts in yuan; shares are "60%" or "3/5".

name = "Policy"
release_at = "contract"      # from this stage on surplus may be moved: planned, estimate, contract,
                             # settlement, audited, final
attribution = "pro_rata"     # a surplus belongs to its sources pro rata; "free": the plan chooses;
                             # or a list of source ids: taken in that order
swaps = false                # true: undrawn money of one source may be exchanged for another's
contingency = { contract = "3%" }   # share of the cost that is kept back at a stage

# Deadlines, counted from the plan's date: see `surplus calendar`.
[[deadlines]]
name = "publish"
days = 20
kind = "calendar"            # or "working"
title = { en = "publish the plan", zh = "公示" }
""",
    "zh": """\
# 规则文件:如何测算结余与缺口、资金受哪些规则约束、方案追求什么目标。
# 本文件原样即可使用。去掉某段前面的“# ”即启用该规则,并按实际修改其中的名称。
# 每条规则还可有:id = "…"(名称)、cite = "…"(依据);
# severity = "elastic" 并给出 price = "…"(弹性规则),或 severity = "advisory"(只提示)。
# 选择条件如 { level = "central" }、{ category = ["a", "b"] };不写即为全部。
# 金额为文本,单位元;比例写作 "60%" 或 "3/5"。级次 level:central 中央、province 省、prefecture 市、county 县。

name = "资金调剂规则"
release_at = "contract"      # 项目到此阶段方可调出结余:planned 计划、estimate 概算、contract 合同、
                             # settlement 结算、audited 审定、final 决算
attribution = "pro_rata"     # 结余按各来源比例分摊;"free":由方案选择;或按来源编号列表依次扣减
swaps = false                # true:允许以未支付的一种资金等额置换另一种
contingency = { contract = "3%" }   # 各阶段按成本比例预留

# 期限,从方案日期起算,见 `surplus calendar`。
[[deadlines]]
name = "publish"
days = 20
kind = "calendar"            # calendar 自然日;working 工作日
title = { en = "publish the plan", zh = "公示" }
""",
}
_GROUPS = {
    "en": ("# The rules. All that stand here without \"# \" hold at once.",
           "# The objectives, the most important first. One is needed."),
    "zh": ("# 规则:未注释的各条同时生效。", "# 目标:按重要性排列,至少一个。"),
}  # fmt: skip


def policy_template(lang: str = "zh") -> str:
    """A policy in TOML with comments, valid as it stands."""
    rules, objectives = _GROUPS[lang]
    parts = [_HEAD[lang], rules, *(_block("rules", rule, lang) for rule in RULES), objectives]
    parts += [_block("objectives", one, lang, active=one.kind == "fill") for one in OBJECTIVES]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _block(table: str, entry: Entry, lang: str, *, active: bool = False) -> str:
    lines = [f"[[{table}]]", f'kind = "{entry.kind}"', *entry.example.split("\n")]
    words = entry.chinese if lang == "zh" else entry.english
    return "\n".join(
        [f"# {entry.kind}: {words}", *(line if active else f"# {line}" for line in lines if line)]
    )
