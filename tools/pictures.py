"""Draw the README's pictures from the example county: the page, the workbook, the flow of money.

    make pictures

Needs Chromium, LibreOffice, pdftoppm (poppler) and a font with Chinese characters; Pillow comes with
matplotlib. Each picture stays below 200 KB.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

import surplus
from surplus.io import read_policy

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
import office  # noqa: E402
from chromium import Chromium  # noqa: E402

DATA, PLACE = ROOT / "examples" / "data", ROOT / "docs" / "pictures"
MOST = 200_000


def main() -> None:
    plan = surplus.reallocate(
        surplus.read(DATA / "seed_county.json"), read_policy(DATA / "seed_policy.json")
    )
    PLACE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        page(plan, folder)
        workbook(plan, folder)
        plan.figures.sankey("en").savefig(folder / "sankey.png", dpi=100)
        save(Image.open(folder / "sankey.png"), "sankey.png")


def page(plan: surplus.Plan, folder: Path) -> None:
    """The top of the page at desk width, beside it at phone width in the dark."""
    (folder / "page.html").write_text(plan.to_html("en"), encoding="utf-8")
    shots = []
    with Chromium(folder / "profile") as browser:
        for name, width, height, dark in (("desk", 1280, 1240, False), ("phone", 390, 1240, True)):
            with browser.page(folder / "page.html", width, height, dark=dark) as tab:
                tab.picture(folder / f"{name}.png", whole=False)
            shots.append(Image.open(folder / f"{name}.png"))
    save(beside(shots), "page.png")


def workbook(plan: surplus.Plan, folder: Path) -> None:
    """Cover and adjustment table as LibreOffice prints them."""
    plan.to_excel(folder / "workbook.xlsx", "both")
    (pdf,) = office.converted([folder / "workbook.xlsx"], "pdf", folder)
    pages = ["-f", "1", "-l", "2", "-r", "90", "-png"]
    subprocess.run(["pdftoppm", *pages, str(pdf), str(folder / "sheet")], check=True)
    save(beside([Image.open(path) for path in sorted(folder.glob("sheet-*.png"))]), "workbook.png")


def beside(pictures: list[Image.Image]) -> Image.Image:
    """Pictures side by side on grey."""
    edge = 16
    width = sum(one.width for one in pictures) + edge * (len(pictures) + 1)
    result = Image.new("RGB", (width, max(one.height for one in pictures) + 2 * edge), "#d8dde3")
    x = edge
    for one in pictures:
        result.paste(one.convert("RGB"), (x, edge))
        x += one.width + edge
    return result


def save(picture: Image.Image, name: str) -> None:
    """As few colours as do, and no more bytes than may be."""
    picture.convert("RGB").quantize(256, kmeans=2).save(PLACE / name, optimize=True)
    size = (PLACE / name).stat().st_size
    print(f"docs/pictures/{name}: {picture.width} x {picture.height}, {size / 1000:.0f} KB")
    assert size < MOST, f"{name} is too large"


if __name__ == "__main__":
    main()
