"""Messages in Chinese: each template with its translation; what has none stays as it is."""

# ruff: noqa: E501 - words of two languages side by side

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

_MESSAGES: Mapping[str, str] = {
    "The plan holds, to the cent.": "方案成立,精确到分。",
    "The rules contradict each other.": "规则相互矛盾。",
    # amounts, weights, shares, days
    "'{}' is not an amount": "“{}”不是金额",
    "not an amount": "不是金额",
    "'{}' has parts of a cent": "“{}”不足一分的部分无法表示",
    "'{}' is too large": "“{}”过大",
    "at most {} digits": "至多 {} 位数字",
    "'{}' is a negative zero": "“{}”是负零",
    "'{}' is negative": "“{}”为负",
    "0": "0",
    "0 or more": "不小于 0",
    "a time limit of {} s": "时限为 {} 秒",
    "0 seconds or more": "不小于 0 秒",
    "of no source": "未指明资金来源",
    "'source', the id of one": "'source',即来源编号",
    "an amount in yuan (元) with at most 2 decimals, such as 120.5": "以元为单位、至多 2 位小数的金额,如 120.5",
    "an amount in wan (万元) with at most 6 decimals, such as 120.5": "以万元为单位、至多 6 位小数的金额,如 120.5",
    'a text such as "{}"': '文本,如 "{}"',
    'a text such as "{}" or "{}"': '文本,如 "{}" 或 "{}"',
    "true and false are not amounts": "true 和 false 不是金额",
    '{} is a float, which hides digits; write it as a text: "{}"': '{} 是浮点数,会隐去位数;请写成文本:"{}"',
    "'{}' is not a weight": "“{}”不是权重",
    "not a weight": "不是权重",
    "a number from 0 to {} with at most 6 decimals": "0 到 {} 之间、至多 6 位小数的数",
    "'{}' is not a share": "“{}”不是比例",
    "not a share": "不是比例",
    "a percentage or a fraction: 60% or 3/5": "百分数或分数:60% 或 3/5",
    "'{}' is not a date": "“{}”不是日期",
    "year-month-day, such as 2024-11-30": "年-月-日,如 2024-11-30",
    "'{}' is no day of the calendar": "“{}”不是日历上的日期",
    "'{}' is not a whole number": "“{}”不是整数",
    "digits alone, such as 2024": "只含数字,如 2024",
    "a whole number": "整数",
    "true or false": "true 或 false",
    "at least {}": "不小于 {}",
    "at most {}": "不大于 {}",
    # shapes
    "missing": "缺失",
    "unknown key": "未知的键",
    "an object {…}": "对象 {{…}}",
    "a list": "列表",
    "a text": "文本",
    "a text that is not empty": "非空文本",
    "at least one": "至少一个",
    "empty": "为空",
    "missing: 'kind', which says what it is": "缺少 'kind'(种类)",
    "'{}' is no kind that is known; did you mean '{}'?": "没有“{}”这一种类;是否指“{}”?",
    "'{}' is no kind that is known; known: {}": "没有“{}”这一种类;已知:{}",
    "{} is not known": "{} 不可用",
    "not the name of a column": "不是列名",
    "String should match pattern '{}'": "文本格式应为 {}",
    # ids
    "'{}' is not a source": "没有资金来源“{}”",
    "'{}' is not a project": "没有项目“{}”",
    "the id of a source of this ledger": "本台账中某个来源的编号",
    "the id of a project of {@}": "{}中某个项目的编号",
    "did you mean '{}'?": "是否指“{}”?",
    "did you mean '{}' or '{}'?": "是否指“{}”或“{}”?",
    "'{}' is also the id of {@}": "“{}”也是 {} 的编号",
    "an id that no other has, also when full-width characters are unified": "不与其他重复的编号(全角半角视为相同)",
    "'{}' has a character that cannot be seen": "“{}”含不可见字符",
    "'{}' begins or ends with a space": "“{}”首尾有空格",
    "'{}' stands twice in this project": "“{}”在该项目中出现两次",
    # rows against each other
    "paid {} yuan is above planned {}": "已支付 {} 元超过计划 {} 元",
    "{} is before the money was first budgeted, {}": "{} 早于初次安排日 {}",
    "{} yuan would take the contract price below 0": "{} 元使合同价小于 0",
    "amounts add up to {} yuan: more than can be": "金额合计 {} 元,超出可能范围",
    # tables
    "a value": "一个值",
    "a value in every row": "每行都要有值",
    "a value of its own in every row": "每行各有其值(取消合并)",
    "'{}' is not a column of {}": "“{}”不是 {} 表的列",
    "there is no column '{}' ({})": "缺少“{}”列({})",
    "a column with one of the names {}": "列名为以下之一:{}",
    "one of {}": "以下之一:{}",
    "one of its own columns; this one belongs to {}": "本表自己的列;该列属于 {}",
    "the header is empty": "表头为空",
    "a name, or no such column": "写上列名,或去掉该列",
    "'{}': '{}' is not a unit": "“{}”:“{}”不是单位",
    "'{}' is not a unit": "“{}”不是单位",
    "{} is not a unit": "{} 不是单位",
    "'yuan' (元) or 'wan' (万元)": "'yuan'(元)或 'wan'(万元)",
    "(元), (yuan), (万元) or (wan)": "(元)、(yuan)、(万元)或 (wan)",
    "'{}': {} is no amount and has no unit": "“{}”:{} 不是金额,不带单位",
    "the name alone": "只写名称",
    "gives {} again, after column {}, '{}'": "与第 {1} 列“{2}”重复({0})",
    "each field once: remove or merge one of the two": "每项只出现一次:删除或合并其一",
    "its amounts have no unit": "金额没有单位",
    "the amounts under {} have no unit": "{} 的金额没有单位",
    "(元) or (万元) in the header, 单位:万元 in a title, or --unit (in Python: unit=)": "表头注明(元)或(万元),标题注明“单位:万元”,或用 --unit 指定",
    "a comma between two cells": "单元格之间用逗号分隔",
    "the cell holds a formula without a value (save the workbook in Excel or LibreOffice)": "公式没有计算结果(请用 Excel、WPS 或 LibreOffice 打开并保存)",
    "the cell shows the error {}": "单元格显示错误 {}",
    "the cell is merged with that of row {}": "与第 {} 行的单元格合并",
    "there is no table of {}": "没有 {} 表",
    "a sheet with the columns {}; or one wide table with a column per source": "含有以下列的工作表:{};或每个来源一列的宽表",
    "{@} is a second table of {}": "{} 是又一个 {} 表",
    "one of the two": "两者留一",
    "'{}' stands for a row of totals": "“{}”表示合计行",
    "rows of single items only: remove this row": "只保留明细行:请删除该行",
    "too many cells: {}": "单元格过多:{}",
    "too few cells: {}": "单元格过少:{}",
    "{}, as in row 1; a comma within a text needs quotes around the text": "{} 个,与第 1 行相同;文本内有逗号时须加引号",
    "a quote opens in this row and is never closed": "引号在本行开始而没有结束",
    "a text goes on after its closing quote": "引号结束后仍有文本",
    "a text in quotes holds what looks like the next row": "引号内的文本像是包含了下一行",
    "a closing quote for each opening one": "引号须成对",
    "a cell has more than {} characters": "单元格超过 {} 个字符",
    'quotes in pairs, "" for one within a text; no later row was read': '引号须成对,文本内的引号写作 "";其后各行未读',
    "there are no headers": "没有表头",
    "names of the columns in row 1": "第 1 行写列名",
    "{} rows and {} columns are too many": "{} 行 {} 列过多",
    "at most {} columns and {} cells: remove the empty ones": "至多 {} 列、{} 个单元格:请删除空行空列",
    "at most {} cells": "至多 {} 个单元格",
    "a {} is not a table": "{} 不是表",
    "a frame of pandas, polars, pyarrow or duckdb, or a mapping of columns": "pandas、polars、pyarrow 或 duckdb 的数据框,或列的映射",
    # files
    "there is no such file": "没有此文件",
    "there is no such file or folder": "没有此文件或文件夹",
    "neither a file nor a folder": "既非文件也非文件夹",
    "the file cannot be read: {}": "文件无法读取:{}",
    "'{}' is not a format that can be read": "无法读取“{}”格式",
    "{}, or a folder of CSV or Parquet files": "{},或 CSV、Parquet 文件夹",
    "{} and {} are two ledgers": "{} 与 {} 是两份台账",
    "a folder for each": "各放一个文件夹",
    "sources.csv, projects.csv and funding.csv": "sources.csv、projects.csv 和 funding.csv",
    "sources.parquet, projects.parquet, funding.parquet": "sources.parquet、projects.parquet、funding.parquet",
    "byte {} is NUL": "第 {} 字节为 NUL",
    "byte {} of the file is not {}": "文件第 {} 字节不是 {}",
    "UTF-8 or GB18030; in Excel: save as 'CSV UTF-8'": "UTF-8 或 GB18030;在 Excel 中另存为“CSV UTF-8”",
    "it is not an .xlsx workbook that can be read ({})": "不是可读取的 .xlsx 工作簿({})",
    "a workbook saved as .xlsx": "另存为 .xlsx 的工作簿",
    "a workbook as a spreadsheet program saves it": "由电子表格软件保存的工作簿",
    "it unpacks to {} bytes in {} parts; at most {} in {} are read": "解压后有 {} 字节、{} 个部分;至多读取 {} 字节、{} 个部分",
    "it unpacks to more than {} bytes; at most that many are read": "解压后超过 {} 字节,至多读取这么多",
    "{} unpacks to more than {} times its size": "{} 解压后超过其大小的 {} 倍",
    "{} declares XML entities, as no spreadsheet does": "{} 声明了 XML 实体,正常的表格不会如此",
    "more than {} cells are merged": "合并的单元格超过 {} 个",
    "titles and headers merged, if any": "只合并标题和表头",
    "not a Parquet file that can be read: {}": "不是可读取的 Parquet 文件:{}",
    "not JSON: {}": "不是 JSON:{}",
    "not TOML: {}": "不是 TOML:{}",
    "not UTF-8: byte {} cannot be read": "不是 UTF-8:第 {} 字节无法读取",
    "nested too deeply": "嵌套过深",
    "doubled keys: {}; each may stand once in its object": "重复的键:{};每个对象中只能出现一次",
    "{} is not a number in JSON": "{} 不是 JSON 中的数",
    "a number's exponent is too large": "数的指数过大",
    "{}: character {} is one half of a surrogate pair": "{}:第 {} 个字符不完整(半个代理对)",
    "Exceeds the limit ({} digits) for integer string conversion{}": "数字超过 {} 位",
    # policies
    "'{}' is {} %; no share is above 100 %": "'{}' 为 {} %;比例不会超过 100 %",
    "'{}' is above '{}': no plan keeps both": "'{}' 高于 '{}':没有方案能同时满足",
    "needs '{}' or '{}', such as \"60%\"": "需要 '{}' 或 '{}',如 \"60%\"",
    "an elastic rule needs 'price' (per cent of breach), and no other has one": "弹性规则需要 'price'(每分违反的代价),其他规则不得有",
    "a '{}' rule has no amount of breach; it can only be absolute": "“{}”规则没有违反金额,只能是刚性的",
    "'{}' compares with the share before the move; 'of' must be final": "'{}' 与调剂前的占比相比;'of' 须为 final",
    "a policy needs at least one objective, such as fill": "规则至少需要一个目标,如 fill",
    "two rules have the id '{}'; ids must differ": "两条规则的 id 都是“{}”;id 不得重复",
    "two deadlines have the name '{}'; names must differ": "两个期限的名称都是“{}”;名称不得重复",
    "rules {} wait for each other in a circle": "规则 {} 互相等待,形成循环",
    "a lot is more than 0": "整数倍的单位须大于 0",
    "tiers must rise from the lowest amount to the highest": "审批层级的金额须由低到高",
    "tiers with a cost need by: 'project', and are not elastic": "有成本的层级需要 by: 'project',且不能是弹性的",
    "money can stay by one field only, not by {}": "资金只能按一个字段留用,不能按 {}",
    "the objective '{}' stands twice": "目标“{}”出现两次",
    "'{}' is not listed in the plan": "方案中没有“{}”",
    "'{}' is listed twice": "“{}”列出两次",
    "'{}' is not what its data say": "“{}”与其数据不符",
    "rule '{}': '{}' selects nothing in this ledger": "规则“{}”的“{}”在本台账中没有选中任何项",
    "'{}': no project of this ledger has a '{}'": "“{}”:本台账中没有项目填写“{}”",
    "{@}: '{}' names no day of the calendar; it is left out": "{}:“{}”不是日历中的日期,略去",
    # what readers say
    "{@} is hidden; it is read all the same": "{} 已隐藏,仍然读取",
    "{@}: hidden rows are read all the same: {}": "{}:隐藏行仍然读取:{}",
    "{@}: hidden columns are read all the same: {}": "{}:隐藏列仍然读取:{}",
    "{@}: no table was found; the sheet is left out": "{}:没有找到表,略去",
    "{@}: column {} is not known and left out": "{}:不认识“{}”列,略去",
    "{@}: a note is left out": "{}:略去说明",
    "{@}: a row of headers is left out": "{}:略去重复的表头",
    "{@}: a row of totals ('{}') is left out": "{}:略去合计行(“{}”)",
    "{@}: a heading ('{}') is left out": "{}:略去小标题(“{}”)",
    "{@}: the example of the template is left out": "{}:略去模板中的示例",
    "{@}: the total is stated as {} yuan, the rows add up to {}": "{}:合计写为 {} 元,各行相加为 {} 元",
    "{@}: the ledger is as of {}": "{}:台账截至 {}",
    "several days are named, none is taken: {}": "写有多个截止日期,均未采用:{}",
    "{} holds macros; none of them is run": "{} 含有宏,均不运行",
    "{} refers to other workbooks; their values are those last saved": "{} 引用了其他工作簿,采用上次保存的值",
    "{} projects in {} classes; {} columns, {} rows": "{} 个项目归为 {} 类;{} 列 {} 行",
    # what solvers and commands say
    "The solver claims that the rules contradict each other.": "求解器认为规则相互矛盾。",
    "Time ran out before there was an exact plan; allow more time.": "到时仍未得到精确方案;请放宽时限。",
    "The solver failed without an answer; try another one.": "求解器没有给出答案;请换一个求解器。",
    "The solver failed without an answer; try another one. ({})": "求解器没有给出答案;请换一个求解器。({})",
    "the ledger has no project '{}'": "台账中没有项目“{}”",
    "{} exists already; needed: another name": "{} 已存在;请另取名称",
    "{}: '{}' is no template; needed: policy.toml, ledger.xlsx or a folder, ledger/": "{}:没有“{}”模板;需要:policy.toml、ledger.xlsx 或文件夹 ledger/",
    "the plans have other objectives; their values cannot be compared": "两个方案的目标不同,无法比较",
    "the plan lists other projects or sources than the ledger": "方案与台账的项目或来源不一致",
    "the plan is for another state of the ledger: its certificate bears another digest; "
    "plan again, or give the ledger that it was made from": "方案对应台账的另一状态:证明书中的摘要不同;请重新求解,或给出生成方案时所用的台账",
    "the plan is for another ledger: its projects or sources are not the same": "方案对应另一份台账:项目或资金来源不一致",
    "reading .xlsx needs openpyxl: pip install 'surplus[excel]'": "读取 .xlsx 需要 openpyxl:pip install 'surplus[excel]'",
    "writing .xlsx needs openpyxl: pip install 'surplus[excel]'": "写出 .xlsx 需要 openpyxl:pip install 'surplus[excel]'",
    "Infeasible: rule {} cannot be kept by any plan.": "不可行:任何方案都无法满足规则 {}。",
    "Infeasible: rules {} contradict each other; no plan keeps them all.": "不可行:规则 {} 相互矛盾,没有方案能同时满足。",
    # arguments
    "the following arguments are required: {}": "缺少参数:{}",
    "unrecognized arguments: {}": "无法识别的参数:{}",
    "argument {}: {}": "参数 {0}:{1}",
    "argument {}: expected one argument": "参数 {}:需要一个值",
    "argument {}: expected at least one argument": "参数 {}:需要至少一个值",
    "argument {}: invalid choice: {} (choose from {})": "参数 {0}:{1} 不可选;可选:{2}",
    "argument {}: invalid int value: {}": "参数 {0}:{1} 不是整数",
}
"""`{}` stands for anything and `{@}` for a place; in the translation, in the same order or by number."""


_HOLE = re.compile(r"\{@?\}")


def chinese(text: str) -> str:
    """A message in Chinese, or as it is where no template fits."""
    if text.startswith("needed: "):
        return f"需要:{chinese(text.removeprefix('needed: '))}"
    for pattern, places, translation in _patterns():
        if match := pattern.fullmatch(text):
            found = [place(g) if k in places else g for k, g in enumerate(match.groups())]
            return translation.format(*found)
    for joint in re.finditer("; needed: |; or ", text):
        before = text[: joint.start()]
        first = chinese(before)
        if first != before or re.fullmatch("-?[0-9]+", before):  # else it stands in what is quoted
            word = ";需要:" if "needed" in joint[0] else ";或:"
            return f"{first}{word}{chinese(text[joint.end() :])}"
    return text


def place(where: str) -> str:
    """A place in Chinese: ``projects.csv, row 3, column 合同价`` is projects.csv第3行“合同价”列."""
    where = re.sub(r"^sheet '(.*?)'(?=, |$)", r"工作表“\1”", where)
    where = re.sub(r", row (\d+)", r"第 \1 行", where)
    return re.sub(r", column (.+)", r"“\1”列", where)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], frozenset[int], str], ...]:
    """Templates as patterns, with the positions of places; those with the most words of their own first."""
    ordered = sorted(_MESSAGES, key=lambda t: -len(_HOLE.sub("", t)))
    return tuple(
        (
            re.compile("(.*?)".join(map(re.escape, _HOLE.split(t))), re.DOTALL),
            frozenset(k for k, hole in enumerate(_HOLE.findall(t)) if hole == "{@}"),
            _MESSAGES[t],
        )
        for t in ordered
    )
