"""The web page in headless Chromium: the plan's figures, nothing that runs, search, languages, access."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

import chromium
import surplus
from chromium import Chromium, Page
from papers_cases import HOSTILE, hostile, seed
from surplus.report.page import MOST_ROWS
from surplus.report.rows import shown, yuan

__all__ = ["hostile", "seed"]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("profile")) as found:
        try:
            found.ask("Browser.getVersion")
        except (AssertionError, OSError) as error:
            pytest.skip(f"Chromium does not start here: {error}")
        yield found


@pytest.fixture(scope="module")
def written(
    seed: surplus.Plan, hostile: surplus.Plan, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    place = tmp_path_factory.mktemp("pages")
    for lang in ("zh", "en"):
        (place / f"{lang}.html").write_text(seed.to_html(lang), encoding="utf-8")
    (place / "hostile.html").write_text(hostile.to_html("en"), encoding="utf-8")
    return place


def texts(page: Page, selector: str) -> list[str]:
    """What is to be seen of the elements of a kind."""
    found: list[str] = page.value(
        f"[...document.querySelectorAll({selector!r})].map((e) => e.innerText.trim())"
    )
    return found


def rows(page: Page, name: str) -> list[list[str]]:
    found: list[list[str]] = page.value(
        f"[...document.getElementById({name!r}).tBodies[0].rows].filter((r) => !r.hidden)"
        ".map((r) => [...r.cells].map((c) => c.innerText.trim()))"
    )
    return found


@chromium.NEEDED
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["zh", "en", "hostile"])
def test_nothing_goes_wrong_and_nothing_is_loaded(
    browser: Chromium, written: Path, name: str, width: int
) -> None:
    file = written / f"{name}.html"
    with browser.page(file, width) as page:
        assert page.complaints() == []
        assert page.requests() == [file.resolve().as_uri()]
        assert page.value("document.documentElement.scrollWidth") <= width


@chromium.NEEDED
def test_amounts_on_the_page_are_those_of_the_plan(
    browser: Chromium, written: Path, seed: surplus.Plan
) -> None:
    with browser.page(written / "en.html") as page:
        for mark, cents in (
            ("available", seed.available.sum()), ("need", seed.need.sum()),
            ("moved", seed.amount.sum()), ("unmet", seed.unmet.sum()), ("left", seed.left.sum()),
        ):  # fmt: skip
            assert texts(page, f"#total-{mark} dd") == [shown(yuan(cents))]
        transfers = rows(page, "transfers")
        assert [(r[3], r[5]) for r in transfers] == [
            (t.taker, shown(yuan(t.amount))) for t in seed.transfers
        ]
        projects = {row[0]: row for row in rows(page, "projects")}
        assert len(projects) == len(seed.projects)
        for project in seed.projects:
            assert projects[project.id][-3:] == [
                shown(yuan(c)) for c in (sum(project.final.values()), project.need, project.unmet)
            ]
        (foot,) = texts(page, "#transfers tfoot td:last-child")
        assert foot == shown(yuan(seed.amount.sum()))
        titles = page.value(
            "[...document.querySelectorAll('.flow path title')].map((t) => t.textContent)"
        )
        first = [t for t in titles if t.startswith(("中央", "自治区", "县级"))]
        assert sum(_cents(t.rpartition(": ")[2]) for t in first) == seed.amount.sum()


def _cents(text: str) -> int:
    return int(text.replace(",", "").replace(".", ""))


@chromium.NEEDED
def test_search_and_sorting(browser: Chromium, written: Path, seed: surplus.Plan) -> None:
    with browser.page(written / "zh.html") as page:
        everything = rows(page, "projects")
        page.value("document.getElementById('search-projects').focus()")
        page.browser.ask("Input.insertText", page.session, text="冷链 HOUSING")
        assert rows(page, "projects") == []
        page.value("document.getElementById('search-projects').select()")
        page.browser.ask("Input.insertText", page.session, text="冷链 Township-0")
        found = rows(page, "projects")
        assert found == [r for r in everything if "冷链" in r[1] and "township-0" in r[1]]
        assert 0 < len(found) < len(everything)
        assert texts(page, "#count-projects") == [f"{len(found)} / {len(everything)}"]
        page.value("document.getElementById('search-projects').select()")
        page.press("Delete", 46)
        assert rows(page, "projects") == everything

        page.value("document.querySelector('#projects thead th:nth-child(8) button').focus()")
        page.press("Enter", 13, "\r")
        received = [_cents(row[7]) for row in rows(page, "projects")]
        assert received == sorted(received, reverse=True)
        assert received[0] > received[-1]
        assert (
            page.value("document.querySelector('#projects th:nth-child(8)').ariaSort")
            == "descending"
        )
        assert page.complaints() == []


@chromium.NEEDED
@pytest.mark.parametrize("scripts", [True, False])
def test_the_language_switch(browser: Chromium, written: Path, scripts: bool) -> None:
    with browser.page(written / "zh.html", scripts=scripts) as page:
        assert texts(page, "#h-flow") == ["资金流向"]
        assert page.value("document.documentElement.lang") == "zh-CN"
        page.value("document.getElementById('lang-zh').focus()")
        page.press("ArrowRight", 39)
        assert texts(page, "#h-flow") == ["Where the money goes"]
        assert "Projects" in texts(page, "nav a")
        assert texts(page, "#sources tbody tr:first-child td:nth-child(3)") == ["central"]
        if scripts:
            assert page.value("document.documentElement.lang") == "en"
            assert page.value("document.title").startswith("Reallocation plan")
        page.press("ArrowLeft", 37)
        assert texts(page, "#h-flow") == ["资金流向"]
        assert page.complaints() == []


@chromium.NEEDED
def test_the_waterfall_of_any_project(browser: Chromium, written: Path, seed: surplus.Plan) -> None:
    ledger, policy = seed.case
    received = dict.fromkeys(seed.project_ids.tolist(), 0)
    for transfer in seed.transfers:
        received[transfer.taker] += transfer.amount
    with browser.page(written / "en.html") as page:
        assert len(texts(page, "#project option")) == len(seed.projects)
        for result in seed.projects[::13]:
            page.value(
                f"(() => {{ const s = document.getElementById('project'); s.value = {result.id!r};"
                " s.dispatchEvent(new Event('change')); })()"
            )
            found = surplus.waterfall(ledger, result.id, policy.terms)
            steps = {step.name: step.amount for step in found.steps}
            seen = dict(
                page.value(
                    "[...document.getElementById('waterfall').rows]"
                    ".map((r) => [r.cells[0].innerText, r.cells[1].innerText])"
                )
            )
            for name, step in (
                ("issued", "issued (planned investment)"), ("expected cost", "expected final cost"),
                ("net surplus", "net surplus"), ("gap", "funding gap"), ("undrawn", "undrawn"),
                ("releasable", "releasable"),
            ):  # fmt: skip
                assert seen[name] == shown(yuan(steps[step]))
            assert seen["in"] == shown(yuan(received[result.id]))
            assert seen["gap open"] == shown(yuan(result.unmet))
        widths = page.value(
            "[...document.querySelectorAll('#waterfall rect')].map((r) => +r.getAttribute('width'))"
        )
        assert all(0 <= width <= 1000 for width in widths)
        assert page.complaints() == []


@chromium.NEEDED
def test_without_scripts_everything_is_there_as_tables(
    browser: Chromium, written: Path, seed: surplus.Plan
) -> None:
    with browser.page(written / "en.html", scripts=False) as page:
        assert page.value("document.querySelector('.tool').checkVisibility()") is False
        assert page.value("document.getElementById('choose').checkVisibility()") is False
        page.value("document.querySelector('#steps summary').focus()")
        page.press("Enter", 13, "\r")
        assert page.value("document.getElementById('balances').checkVisibility()") is True
        assert len(rows(page, "balances")) == len(seed.projects)
        page.value("document.querySelector('#flow summary').focus()")
        page.press("Enter", 13, "\r")
        amounts = texts(page, "#flow table tbody td:last-child")
        assert sum(map(_cents, amounts)) == seed.amount.sum()


@chromium.NEEDED
def test_the_content_policy_is_in_force(browser: Chromium, written: Path) -> None:
    with browser.page(written / "hostile.html") as page:
        page.value(
            "(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
            " document.body.append(s); document.body.setAttribute('onclick', 'window.ran = 2');"
            " document.body.click(); })()"
        )
        assert page.value("window.ran") is None
        names = [row[1] for row in rows(page, "projects")]
        assert {HOSTILE[0], HOSTILE[1], HOSTILE[2]} <= set(names)
        assert page.complaints(), "the browser tells of what it blocked"


_CONTRAST = """
(() => {
  const channel = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = (c) => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(channel);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const seen = new Map();
  for (const element of document.querySelectorAll("body *")) {
    const words = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!words || !element.checkVisibility() || element.closest("svg, option, script")) continue;
    const colour = getComputedStyle(element).color;
    let at = element, back = "rgb(255, 255, 255)";
    for (; at; at = at.parentElement) {
      const own = getComputedStyle(at).backgroundColor;
      if (own !== "rgba(0, 0, 0, 0)") { back = own; break; }
    }
    const [a, b] = [light(colour), light(back)].sort((x, y) => y - x);
    seen.set(`${element.tagName} ${colour} on ${back}`, (a + 0.05) / (b + 0.05));
  }
  return [...seen];
})()
"""


@chromium.NEEDED
@pytest.mark.parametrize("dark", [False, True])
def test_contrast(browser: Chromium, written: Path, dark: bool) -> None:
    with browser.page(written / "en.html", dark=dark) as page:
        page.value("document.querySelectorAll('details').forEach((d) => { d.open = true })")
        found = page.value(_CONTRAST)
        assert len(found) >= 8
        assert [pair for pair in found if pair[1] < 4.5] == []
        back = page.value("getComputedStyle(document.body).backgroundColor")
        assert (back == "rgb(255, 255, 255)") is not dark


@chromium.NEEDED
def test_on_paper_everything_is_open(browser: Chromium, written: Path, tmp_path: Path) -> None:
    with browser.page(written / "zh.html") as page:
        page.printed(tmp_path / "page.pdf")
        assert page.value("[...document.querySelectorAll('details')].every((d) => d.open)") is True
        assert texts(page, "#projects thead th button")[0] == "项目编号"  # sorting is back
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


class Markup(HTMLParser):
    """What a reader of the source finds: elements with their attributes, headings, texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def tags(self, *names: str) -> list[tuple[str, dict[str, str | None]]]:
        return [(tag, attributes) for tag, attributes in self.found if tag in names]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_runs_in_a_page(hostile: surplus.Plan, lang: str) -> None:
    page = Markup(hostile.to_html(lang))
    assert len(page.tags("script", "style")) == 2
    assert page.tags("b", "i") == []
    for name in HOSTILE[:3]:
        assert name in page.text
    names = {name for _, attributes in page.found for name in attributes}
    assert not {n for n in names if n.startswith("on") or n in ("src", "style")}
    assert all((a.get("href") or "#").startswith("#") for _, a in page.found)
    (policy,) = [
        str(a["content"]) for _, a in page.tags("meta") if "default-src" in str(a.get("content"))
    ]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_the_markup_is_accessible(seed: surplus.Plan) -> None:
    page = Markup(seed.to_html("zh"))
    levels = [int(tag[1]) for tag, _ in page.tags("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(page.tags("main")) == len(page.tags("header")) == len(page.tags("footer")) == 1
    assert len(page.tags("caption")) == len(page.tags("table"))
    assert all(a.get("scope") in ("row", "col") for _, a in page.tags("th"))
    ids = [a["id"] for _, a in page.found if "id" in a]
    assert len(ids) == len(set(ids))
    labelled = {a["for"] for _, a in page.tags("label") if "for" in a}
    for _, attributes in page.tags("input", "select"):
        assert attributes.get("type") == "radio" or attributes["id"] in labelled
    for _, attributes in page.tags("a"):
        assert str(attributes["href"])[1:] in ids
    named = [str(a["aria-labelledby"]) for _, a in page.found if "aria-labelledby" in a]
    assert set(named) <= set(ids)


def test_a_county_s_page_is_small_and_alone(seed: surplus.Plan) -> None:
    text = seed.to_html("en")
    assert len(text.encode()) < 300_000
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)


def test_a_large_plan_s_page_stays_small() -> None:
    plan = surplus.reallocate(*surplus.generate(projects=20_000, seed=3))
    text = plan.to_html("zh")
    assert len(text.encode()) < 2_000_000
    page = Markup(text)
    assert len(page.tags("tr")) < 9 * MOST_ROWS
    assert f"其余 {20_000 - MOST_ROWS:,} 行合计" in page.text
    assert shown(yuan(plan.amount.sum())) in page.text
    assert "plan.json" in page.text


def test_of_many_bounds_the_first_are_drawn() -> None:
    projects = [
        {"id": f"p{i:02}", "category": f"c{i:02}", "price": {"contract": "1"}} for i in range(70)
    ]
    ledger = surplus.Ledger.from_records([{"id": "s", "unallocated": "99"}], projects)
    rules = [{"kind": "cap", "flow": "in", "at_most": "1", "per": "category"}]
    plan = surplus.reallocate(ledger, surplus.Policy.model_validate({"rules": rules}))
    page = Markup(plan.to_html("en"))
    assert len(page.tags("h3")) == 60
    assert "Only the first 60 bounds are drawn." in page.text
    assert "cap-1 (类别 c59category c59)" in page.text


def test_another_language_is_refused(seed: surplus.Plan) -> None:
    with pytest.raises(surplus.SurplusError, match="'fr'"):
        seed.to_html("fr")


def test_equal_plans_give_equal_pages(seed: surplus.Plan) -> None:
    assert seed.to_html() == surplus.reallocate(*seed.case).to_html()
