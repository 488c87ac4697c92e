"""The folder of CSV files: same facts as JSON, same refusals, exact places, exact round trip."""

import csv
import io
import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import surplus
from surplus import Ledger, LedgerError
from surplus.io.csvfolder import read_csv_folder
from surplus.io.csvwrite import write_csv_folder
from surplus.io.headers import TABLES, is_total, plain, read_headers, tag_of
from surplus.ledger.columns import Stated
from surplus.ledger.records import FundingRecord, PriceRecord, ProjectRecord, SourceRecord

SOURCES = """\
id,name,level,year,first_budgeted,expires,unallocated,tags.direction
S1,中央衔接资金,central,2024,2024-01-15,2025-12-31,1000.50,产业
S2,县级资金,county,,,,,
"""
PROJECTS = """\
id,name,category,department,township,priority,estimate,contract,variations,settlement,audited,\
final,other,claims,cap,tags.use
P1,灌溉渠,industry,Water,东乡,3,1000000,950000.00,-12.30,940000,,,500,0,,farm
P2,村道,infrastructure,Roads,,,,,,,,,,,,
P3,学校,,,,0.5,,,,,,200000.01,,1.5,300000,
"""
FUNDING = """\
project,source,planned,paid
P1,S1,1000000.00,400000.00
P1,S2,50000,
P2,S1,300000.10,300000.10
"""
GOOD = {"sources": SOURCES, "projects": PROJECTS, "funding": FUNDING}
DOCUMENT = {
    "name": "ledger",
    "sources": [
        {
            "id": "S1",
            "name": "中央衔接资金",
            "level": "central",
            "year": 2024,
            "first_budgeted": "2024-01-15",
            "expires": "2025-12-31",
            "unallocated": "1000.50",
            "tags": {"direction": "产业"},
        },
        {"id": "S2", "name": "县级资金", "level": "county"},
    ],
    "projects": [
        {
            "id": "P1",
            "name": "灌溉渠",
            "category": "industry",
            "department": "Water",
            "township": "东乡",
            "priority": "3",
            "price": {
                "estimate": "1000000",
                "contract": "950000.00",
                "variations": "-12.30",
                "settlement": "940000",
                "other": "500",
            },
            "tags": {"use": "farm"},
            "funding": [
                {"source": "S1", "planned": "1000000.00", "paid": "400000.00"},
                {"source": "S2", "planned": "50000"},
            ],
        },
        {
            "id": "P2",
            "name": "村道",
            "category": "infrastructure",
            "department": "Roads",
            "funding": [{"source": "S1", "planned": "300000.10", "paid": "300000.10"}],
        },
        {
            "id": "P3",
            "name": "学校",
            "priority": "0.5",
            "price": {"final": "200000.01"},
            "claims": "1.5",
            "cap": "300000",
        },
    ],
}
CHINESE = {
    "sources": "来源编号,来源名称,级次,年度,初次安排日,到期日,待分配,标签.direction",
    "projects": "项目编码,项目名称,类别,主管部门,乡镇,优先级,概算,合同金额,变更,结算价,审定价,决算价,"
    "二类费,未决索赔,上限,标签.use",
    "funding": "项目编号,资金来源,计划投资,已支付",
}


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "ledger"
    place.mkdir()

    def write(encoding="utf-8", **tables):
        for table, text in {**GOOD, **tables}.items():
            data = text if isinstance(text, bytes) else text.encode(encoding)
            (place / f"{table}.csv").write_bytes(data)
        return place

    return write


def problems(place):
    with pytest.raises(LedgerError) as caught:
        surplus.read(place)
    assert "nothing was loaded" in str(caught.value)
    return caught.value.problems


AMOUNTS = {f.name for fs in TABLES.values() for f in fs if f.kind == "amount"}


def retold(table, language="english", unit="yuan", end="\n"):
    """A good table with other headers, and its amounts in 万元 by shifting their decimal point."""
    head, *rows = csv.reader(io.StringIO(GOOD[table]))
    names = CHINESE[table].split(",") if language == "chinese" else list(head)
    for k, name in enumerate(head):
        if name not in AMOUNTS or unit == "yuan":
            continue
        names[k] += " (单位：万元)" if language == "chinese" else "(wan)"
        for row in rows:
            if row[k]:
                sign, digits = row[k][: row[k][0] == "-"], row[k].lstrip("-")
                whole, _, cents = digits.partition(".")
                row[k] = f"{sign}{whole.zfill(5)[:-4]}.{whole.zfill(5)[-4:]}{cents}"
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerows([names, *rows])
    return out.getvalue()


# The same facts


def test_equals_the_json_document(folder):
    expected = Ledger.from_json(json.dumps(DOCUMENT)).to_json()
    assert surplus.read(folder()).to_json() == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("language", ["english", "chinese"])
@pytest.mark.parametrize("unit", ["yuan", "wan"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_encodings_languages_and_units_give_one_ledger(folder, encoding, language, unit, end):
    expected = Ledger.from_json(json.dumps(DOCUMENT)).to_json()
    tables = {table: retold(table, language, unit, end) for table in GOOD}
    assert surplus.read(folder(encoding, **tables)).to_json() == expected


def test_units_may_differ_from_column_to_column(folder):
    funding = FUNDING.replace("planned", "计划投资［万元］").replace("1000000.00,", "100,")
    funding = funding.replace("50000,", "5.000000,").replace("300000.10,3", "30.00001,3")
    expected = surplus.read(folder()).to_json()
    assert surplus.read(folder(funding=funding)).to_json() == expected


def test_headers_are_compared_loosely_and_amounts_read_as_people_write_them(folder):
    projects = PROJECTS.replace("id,", " ＩＤ ,", 1).replace("contract,", "Contract Price (YUAN),")
    projects = projects.replace("950000.00", '"￥９５0,000．00"').replace(
        "tags.use", " 标签 . use "
    )
    funding = FUNDING.replace("project", "Project-ID")
    expected = surplus.read(folder()).to_json()
    assert surplus.read(folder(projects=projects, funding=funding)).to_json() == expected


def test_order_of_rows_and_columns_and_empty_rows_do_not_matter(folder):
    head, *rows = csv.reader(io.StringIO(PROJECTS))
    order = sorted(range(len(head)), key=lambda k: head[k][::-1])
    out = io.StringIO()
    blank = [[""] * len(head)]
    csv.writer(out).writerows([[r[k] for k in order] for r in [head, *blank, *rows[::-1]]])
    expected = surplus.read(folder()).to_json()
    assert surplus.read(folder(projects=out.getvalue() + "\r\n\r\n")).to_json() == expected


def test_headers_alone_are_an_empty_ledger(folder):
    ledger = surplus.read(folder(sources="id", projects="id\n", funding="project,source,planned"))
    assert (len(ledger.sources), len(ledger.projects), len(ledger.funding.paid)) == (0, 0, 0)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_generated_ledgers_come_back_and_files_are_byte_identical(tmp_path, seed, language):
    ledger = replace(surplus.generate(projects=50, seed=seed)[0], as_of=None, stated=None)
    ledger = Ledger.from_json(replace(ledger, name="a").to_json())
    write_csv_folder(ledger, tmp_path / "a", language)
    read = read_csv_folder(tmp_path / "a")
    assert read.to_json() == ledger.to_json()
    write_csv_folder(read, tmp_path / "b", language)
    for table in TABLES:
        first, again = (tmp_path / name / f"{table}.csv" for name in "ab")
        assert first.read_bytes() == again.read_bytes()
        assert first.read_bytes().startswith(b"\xef\xbb\xbf")


HOSTILE = [
    "",
    "'",
    "''",
    "'=1",
    "=1+1",
    "+1",
    "-1",
    "@x",
    "\tx",
    "\r",
    "\nx",
    "'abc",
    "＝1",
    '"',
    "a,b",
]
texts = st.one_of(st.sampled_from(HOSTILE), st.text("'=+-@\t\r\n\",;ab 元＝\u200b", max_size=6))
ids = st.text("'=+-@,;ab元\"", min_size=1, max_size=5)


@settings(max_examples=150, deadline=None)
@given(
    keys=st.lists(ids, min_size=1, max_size=4, unique_by=plain),
    words=st.lists(texts, min_size=4, max_size=4),
    tag=ids,
    amount=st.integers(-(10**9), 10**9),
)
def test_any_text_survives_and_no_text_cell_is_a_formula(
    tmp_path_factory, keys, words, tag, amount
):
    place = tmp_path_factory.mktemp("hostile") / "x"
    category, name, township, value = words
    document = {
        "name": "x",
        "sources": [{"id": key, "name": name, "tags": {tag: value}} for key in keys],
        "projects": [
            {
                "id": key,
                "category": category,
                "township": township,
                "tags": {tag: value, "b": category},
                "price": {"variations": f"{amount}.05"},
                "funding": [{"source": source, "planned": "7"} for source in keys],
            }
            for key in keys
        ],
    }
    ledger = Ledger.from_json(json.dumps(document))
    write_csv_folder(ledger, place)
    assert read_csv_folder(place).to_json() == ledger.to_json()
    for table in TABLES:
        text = (place / f"{table}.csv").read_bytes().decode("utf-8-sig")
        for row in csv.DictReader(io.StringIO(text, newline="")):
            for header, cell in row.items():
                assert header == "variations (yuan)" or not cell.startswith(tuple("=+-@\t\r\n"))


def test_the_reader_takes_away_only_what_the_writer_adds(folder):
    projects = PROJECTS.replace("灌溉渠", "'灌溉渠").replace("村道", "'=村道").replace("学校", "''")
    assert surplus.read(folder(projects=projects)).projects.name.tolist() == [
        "'灌溉渠",
        "=村道",
        "'",
    ]


def test_name_of_the_ledger_is_the_folders(folder):
    assert surplus.read(folder()).name == "ledger"
    assert surplus.read(folder()).as_of is None


# Refusals


def cell(table, row, column, text):
    """A good table with one cell replaced; rows counted as in a spreadsheet."""
    rows = list(csv.reader(io.StringIO(GOOD[table])))
    rows[row - 1][rows[0].index(column)] = text
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return {table: out.getvalue()}


def head(table, old, new):
    return {table: GOOD[table].replace(old, new, 1)}


def more(table, row):
    return {table: GOOD[table] + row + "\n"}


E = "\u200b"
BAD = [
    # amounts
    (cell("projects", 2, "settlement", "1e5"), "projects 2 settlement", "'1e5' is not an amount"),
    (cell("projects", 2, "settlement", "1_000"), "projects 2 settlement", "'1_000' is not an amount"),
    (cell("projects", 3, "final", "NaN"), "projects 3 final", "'NaN' is not an amount"),
    (cell("projects", 3, "final", "inf"), "projects 3 final", "'inf' is not an amount"),
    (cell("projects", 3, "cap", "'5"), "projects 3 cap", "''5' is not an amount"),
    (cell("projects", 3, "cap", "'-5"), "projects 3 cap", "''-5' is not an amount"),
    (cell("projects", 3, "cap", "12.345"), "projects 3 cap", "parts of a cent"),
    (cell("projects", 3, "cap", "١٢"), "projects 3 cap", "'١٢' is not an amount"),
    (cell("projects", 3, "cap", f"1{E}2"), "projects 3 cap", "is not an amount"),
    (cell("projects", 3, "cap", "1,23,4"), "projects 3 cap", "'1,23,4' is not an amount"),
    (cell("projects", 3, "cap", "1.234,50"), "projects 3 cap", "is not an amount"),
    (cell("projects", 3, "cap", "-0"), "projects 3 cap", "negative zero"),
    (cell("projects", 3, "cap", "1" * 16), "projects 3 cap", "too large"),
    (cell("projects", 3, "cap", "#DIV/0!"), "projects 3 cap", "'#DIV/0!' is not an amount"),
    (cell("projects", 3, "cap", "=A1"), "projects 3 cap", "'=A1' is not an amount"),
    (cell("projects", 3, "cap", " "), "projects 3 cap", "' ' is not an amount"),
    (cell("projects", 3, "cap", "12万"), "projects 3 cap", "'12万' is not an amount"),
    (cell("projects", 4, "contract", "-1"), "projects 4 contract", "'-1' is negative"),
    (cell("funding", 3, "planned", "12o"), "funding 3 planned", "in yuan (元)"),
    (cell("funding", 3, "paid", "-1"), "funding 3 paid", "'-1' is negative"),
    (cell("sources", 3, "unallocated", "?"), "sources 3 unallocated", "'?' is not an amount"),
    (cell("projects", 3, "priority", "-1"), "projects 3 priority", "'-1' is not a weight"),
    # days, years, ids
    (cell("sources", 2, "expires", "2024-02-30"), "sources 2 expires", "no day of the calendar"),
    (cell("sources", 2, "expires", "31.12.2025"), "sources 2 expires", "is not a date"),
    (cell("sources", 2, "expires", "2023-12-31"), "sources 2 expires", "before the money was first budgeted"),
    (cell("sources", 2, "year", "2024年"), "sources 2 year", "'2024年' is not a whole number"),
    (cell("sources", 2, "year", "24"), "sources 2 year", "24; needed: at least 1900"),
    (cell("projects", 4, "id", "P3 "), "projects 4 id", "'P3 ' begins or ends with a space"),
    (cell("projects", 4, "id", f"P3{E}"), "projects 4 id", "cannot be seen"),
    (cell("sources", 3, "id", "S2 ") | cell("funding", 3, "source", "S2 "), "sources 3 id", "with a space"),
    (cell("projects", 4, "id", ""), "projects 4 id", "missing"),
    (cell("projects", 4, "id", "'"), "projects 4 id", "not empty"),
    (cell("funding", 2, "planned", ""), "funding 2 planned", "missing"),
    (cell("funding", 2, "source", ""), "funding 2 source", "missing"),
    # rows against each other
    (cell("projects", 4, "id", "P1"), "projects 4 id", "'P1' is also the id of projects.csv, row 2"),
    (cell("projects", 4, "id", "Ｐ1"), "projects 4 id", "is also the id of projects.csv, row 2"),
    (more("sources", "S2,,,,,,,"), "sources 4 id", "is also the id of sources.csv, row 3"),
    (cell("funding", 3, "source", "S3"), "funding 3 source", "'S3' is not a source"),
    (cell("funding", 3, "source", "S1"), "funding 3 source", "'S1' stands twice in this project"),
    (cell("funding", 4, "project", "p２"), "funding 4 project", "Needed: did you mean 'P2'?"),
    (cell("funding", 4, "project", "PX"), "funding 4 project", "the id of a project of projects.csv"),
    (cell("funding", 4, "project", "P22"), "funding 4 project", "did you mean 'P2'?"),
    (cell("funding", 4, "paid", "300000.11"), "funding 4 paid", "300000.11 yuan is above planned 300000.10"),
    (cell("projects", 2, "variations", "-950000.01"), "projects 2 variations", "below 0"),
    # rows
    (more("projects", "P4,a"), "projects 5", "too few cells: 2\n  Needed: 16"),
    (more("funding", "P3,S1,1,000,0"), "funding 5", "too many cells: 5\n  Needed: 4"),
    (more("projects", "合计" + "," * 15), "projects 5", "'合计' stands for a row of totals"),
    (more("projects", ",小 计" + "," * 14), "projects 5", "remove this row"),
    (more("funding", "Total,,1350000.1,"), "funding 5", "'Total' stands for a row of totals"),
    (more("funding", "P1,小计：,1050000,"), "funding 5", "stands for a row of totals"),
    (more("funding", 'P3,S1,"5,0'), "funding 5", "a quote opens in this row and is never closed"),
    (more("funding", 'P3,"S1"x,5,0'), "funding 5", "goes on after its closing quote"),
    (more("funding", 'P3,S2,"' + "1" * 140_000 + '",0'), "funding 5", "more than 131072 characters"),
    (more("projects", 'P4,"a' + "," * 14 + '\nP5,"b' + "," * 13), "projects 5", "goes on after its"),
    (more("projects", 'P4,"a' + "," * 14 + '\nP5,b"' + "," * 14), "projects 5", "looks like the next row"),
    # headers
    (head("projects", "settlement", "setlement"), "projects 1 setlement", "did you mean 'settlement'?"),
    (head("projects", "settlement", "结算"), "projects 1 结算", "'结算价'"),
    (head("projects", "settlement", "zzz"), "projects 1 zzz", "one of id, name, category"),
    (head("projects", "settlement", "planned"), "projects 1 planned", "belongs to funding"),
    (head("projects", "settlement", "合同价(万元)"), "projects 1 合同价(万元)", "again, after column 8"),
    (head("projects", "settlement", "contract"), "projects 1 contract", "gives price.contract again"),
    (head("projects", "settlement", "tags.use"), "projects 1 tags.use", "gives tags.use again"),
    (head("projects", "settlement", ""), "projects 1 10", "the header is empty"),
    (head("projects", "settlement", "标签."), "projects 1 标签.", "is not a column"),
    (head("projects", "settlement", "settlement(亿元)"), "projects 1 settlement(亿元)", "is not a unit"),
    (head("projects", "category", "category(元)"), "projects 1 category(元)", "category is no amount"),
    ({"funding": "project,source\nP1,S1\n"}, "funding 1", "there is no column '计划投资' (planned)"),
    (head("sources", "tags.direction", "level;x"), "sources 1 level;x", "a comma between two cells"),
    # files
    ({"sources": ""}, "sources 1", "there are no headers"),
    ({"sources": "id\nS1\nS2\0\n"}, "sources 3", "byte 9 is NUL"),
    ({"sources": SOURCES.encode("utf-16")}, "sources 1", "is NUL"),
    ({"sources": b"id,name\nS1,\xb2\xe2\xca\xd4\nS2,\xff\n"}, "sources 3", "byte 20 of the file is not GB"),
    ({"sources": SOURCES.encode().replace("县".encode(), b"\xe5\x8e")}, "sources 3", "is not UTF-8"),
    ({"sources": b"\xef\xbb\xbf" + SOURCES.encode("gb18030")}, "sources 2", "is not UTF-8"),
]  # fmt: skip


@pytest.mark.parametrize(("tables", "place", "words"), BAD)
def test_bad_input_is_refused_at_its_place_and_nowhere_else(folder, tables, place, words):
    table, row, *header = place.split(" ", 2)
    where = ", column ".join([f"{table}.csv, row {row}", *header])
    found = problems(folder(**tables))
    assert [problem.where for problem in found] == [where]
    assert words in str(found[0])


EVERYTHING = {
    "sources": "id,年度,colour\nS1,2024,red\nS2,24,\n,2024,\n",
    "projects": "id,contract(万元),variations (wan),priority\nP1,1o,-1,\nP1,1,-2,x\nP2,1,0\n合计,3,,\n",
    "funding": "project,source,planned,paid\nP1,S9,1,2\nP2,S2,1,-1\nP7,S1,x,5\n\n,S1,1,1\n",
}


def test_all_problems_of_all_files_at_once_in_order(folder):
    found = problems(folder(**EVERYTHING))
    assert [(problem.where, problem.what) for problem in found] == [
        ("sources.csv, row 1, column colour", "'colour' is not a column of sources"),
        ("sources.csv, row 3, column 年度", "24; needed: at least 1900"),
        ("sources.csv, row 4, column id", "missing"),
        (
            "projects.csv, row 2, column contract(万元)",
            "'1o' is not an amount; needed: an amount in wan (万元) with at most 6 decimals, "
            "such as 120.5",
        ),
        (
            "projects.csv, row 3, column id",
            "'P1' is also the id of projects.csv, row 2",
        ),
        (
            "projects.csv, row 3, column variations (wan)",
            "-20000.00 yuan would take the contract price below 0",
        ),
        (
            "projects.csv, row 3, column priority",
            "'x' is not a weight; needed: a number from 0 to 1000000000 with at most 6 decimals",
        ),
        ("projects.csv, row 4", "too few cells: 3"),
        ("projects.csv, row 5", "'合计' stands for a row of totals"),
        ("funding.csv, row 2, column source", "'S9' is not a source"),
        ("funding.csv, row 2, column paid", "paid 2.00 yuan is above planned 1.00"),
        ("funding.csv, row 3, column paid", "'-1' is negative; needed: 0 or more"),
        ("funding.csv, row 4, column project", "'P7' is not a project"),
        (
            "funding.csv, row 4, column planned",
            "'x' is not an amount; needed: an amount in yuan (元) with at most 2 decimals, "
            "such as 120.5",
        ),
        ("funding.csv, row 6, column project", "missing"),
    ]


def test_rows_are_counted_as_a_spreadsheet_counts_them(folder):
    sources = 'id,name\n\nS1,"two\nlines"\nS2,"a, b\r\nc"\n,\nS2,x\n'
    (found,) = problems(folder(sources=sources))
    assert found.where == "sources.csv, row 6, column id"
    assert found.what == "'S2' is also the id of sources.csv, row 4"


def test_a_file_that_cannot_be_read_makes_no_further_rows_unknown(folder):
    (found,) = problems(folder(sources=b"\xff\xff"))
    assert found.where == "sources.csv, row 1"
    (found,) = problems(folder(projects="name\nx\n"))
    assert "there is no column '项目编号' (id)" in str(found)
    assert "项目编码" in found.needed


def test_missing_files_are_named_together(tmp_path):
    assert [(p.where, p.what) for p in problems(tmp_path)] == [
        (f"{table}.csv", "there is no such file") for table in ("sources", "projects", "funding")
    ]


def test_too_large_sums_are_refused(folder):
    projects = "id,contract\n" + "".join(f"P{k},{'9' * 15}\n" for k in range(50))
    (found,) = problems(folder(projects=projects, funding="project,source,planned\n"))
    assert found.where == "sources.csv, projects.csv, funding.csv"
    assert "more than can be" in found.what


def test_both_formats_refuse_with_the_same_words(folder):
    """The same wrong value in the same field: the JSON path says what CSV says."""
    wrong = ["1e5", "1_000", "NaN", "-1", "1.234", "１２,3", "٣", "-0", "9" * 20, f"5{E}", "+1"]
    for text in wrong:
        for place, path in {
            ("projects", 2, "settlement"): ("projects", 0, "price", "settlement"),
            ("projects", 3, "priority"): ("projects", 1, "priority"),
            ("sources", 2, "unallocated"): ("sources", 0, "unallocated"),
            ("sources", 2, "expires"): ("sources", 0, "expires"),
            ("funding", 4, "planned"): ("projects", 1, "funding", 0, "planned"),
        }.items():
            document = json.loads(json.dumps(DOCUMENT))
            record = document
            for part in path[:-1]:
                record = record[part]
            record[path[-1]] = text
            outcomes = []
            for read in (
                lambda document=document: Ledger.from_json(json.dumps(document)),
                lambda place=place, text=text: surplus.read(folder(**cell(*place, text))),
            ):
                try:
                    outcomes.append(read().to_json())
                except LedgerError as error:
                    outcomes.append([(problem.what, problem.needed) for problem in error.problems])
            assert outcomes[0] == outcomes[1], (text, place)
            folder(**GOOD)


def test_many_unknown_projects_are_told_quickly(folder):
    """Near misses of thousands of ids are looked for among thousands of ids."""
    projects = "id\n" + "".join(f"project-{k:05}\n" for k in range(5000))
    funding = "project,source,planned\n" + "".join(f"project-{k:05}x,S1,1\n" for k in range(5000))
    found = problems(folder(projects=projects, funding=funding))
    assert len(found) == 5000
    assert found[0].needed.startswith("did you mean 'project-")


# The writer


def ledger_of(**changes):
    return Ledger.from_json(json.dumps({**DOCUMENT, **changes}))


@pytest.mark.parametrize(
    ("ledger", "where"),
    [
        (ledger_of(currency="EUR"), "currency"),
        (ledger_of(sources=[{"id": "S1", "name": "a\0"}], projects=[]), "sources[0].name"),
        (ledger_of(sources=[{"id": "Total"}], projects=[]), "sources[0].id"),
        (ledger_of(sources=[{"id": "S", "tags": {"": "x"}}], projects=[]), "sources: 'tags.'"),
        (ledger_of(sources=[{"id": "S", "tags": {"a ": "x"}}], projects=[]), "sources: 'tags.a '"),
        (ledger_of(sources=[{"id": "S", "name": "a,,,,,\nS2,"}], projects=[]), "sources[0].name"),
        (ledger_of(projects=[{"id": "P", "name": "x" * 131_073}]), "projects[0].name"),
    ],
)
def test_the_writer_refuses_what_would_not_come_back(tmp_path, ledger, where):
    with pytest.raises(LedgerError) as caught:
        write_csv_folder(ledger, tmp_path / "new")
    assert where in [problem.where for problem in caught.value.problems]
    assert not (tmp_path / "new").exists()


def test_what_has_no_place_in_csv_is_left_out(tmp_path):
    ledger = replace(ledger_of(name="x"), as_of=date(2024, 1, 1), stated=Stated(projects=3))
    write_csv_folder(ledger, tmp_path / "x")
    assert surplus.read(tmp_path / "x").to_json() == ledger_of(name="x").to_json()


def test_a_file_that_cannot_be_replaced_is_left_whole(tmp_path, monkeypatch):
    write_csv_folder(ledger_of(), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_csv_folder(ledger_of(sources=[], projects=[]), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


# Names of columns


def test_every_field_of_the_records_has_a_column():
    inner = {"price", "funding", "tags"}
    assert {f.path for f in TABLES["sources"]} == set(SourceRecord.model_fields) - inner
    prices = {f"price.{name}" for name in PriceRecord.model_fields}
    assert {f.path for f in TABLES["projects"]} == set(ProjectRecord.model_fields) - inner | prices
    assert {f.path for f in TABLES["funding"]} == {*FundingRecord.model_fields, "project"}


def test_every_name_means_one_field_and_reads_back():
    for table, known in TABLES.items():
        names = [(plain(name), field.path) for field in known for name in set(field.names)]
        assert len({name for name, _ in set(names)}) == len(set(names)), table
        for field in known:
            for name in field.names:
                unit = "（万元）" if field.kind == "amount" else ""
                columns, _ = read_headers(table, [f" {name.upper()}{unit} "], "x")
                assert columns[field.path].unit == ("wan" if unit else "yuan")


@pytest.mark.parametrize(
    "text", ["合计", "合 计：", "小计", "总计", "Total", "SUB-TOTAL", "grand total"]
)
def test_words_for_totals(text):
    assert is_total(text)
    assert not is_total(f"{text}工程")


def test_tags_keep_their_key_as_written():
    assert tag_of("Tags.Use（主）.b") == "Use（主）.b"
    assert tag_of("标签．a．b") == "a．b"
    assert tag_of("tags") is tag_of("tags. ") is tag_of("stage.x") is None
    assert list(read_headers("sources", ["id", "tags.a", "tags.A"], "x")[0]) == [
        "id",
        "tags.a",
        "tags.A",
    ]
