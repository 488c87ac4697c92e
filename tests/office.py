"""LibreOffice as a reader of our workbooks: it calculates every formula anew."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
NEEDED = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed")

# Always recalculate on load, whatever program says that it wrote the file.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item></oor:items>
"""


def converted(files: list[Path], kind: str, place: Path) -> list[Path]:
    """The files as LibreOffice saves them, after it has calculated them."""
    assert SOFFICE is not None
    profile = place / "profile" / "user"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
    out = place / kind
    subprocess.run(
        [SOFFICE, f"-env:UserInstallation={profile.parent.as_uri()}", "--headless", "--norestore",
         "--convert-to", kind, "--outdir", str(out), *map(str, files)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return [out / f"{file.stem}.{kind}" for file in files]
