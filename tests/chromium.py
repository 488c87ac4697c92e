"""A small client of headless Chromium over a pipe (DevTools protocol): opens pages, listens, evaluates."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
NEEDED = pytest.mark.skipif(BROWSER is None, reason="Chromium is not installed")

_QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--disable-default-apps", "--mute-audio", "--hide-scrollbars",
    "--disable-dev-shm-usage", "--remote-debugging-pipe",
)  # fmt: skip
_START = """
import fcntl, os, sys
pipes = [fcntl.fcntl(int(text), fcntl.F_DUPFD, 10) for text in sys.argv[1:3]]
os.dup2(pipes[0], 3)
os.dup2(pipes[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""The protocol's pipes have to be the descriptors 3 and 4."""

_PATIENCE = 60.0


class Chromium:
    """A browser, until the end of a `with` block."""

    def __init__(self, profile: Path) -> None:
        assert BROWSER is not None
        to_browser, self._to = os.pipe()
        self._from, from_browser = os.pipe()
        start = [sys.executable, "-c", _START, str(to_browser), str(from_browser)]
        self.process = subprocess.Popen(
            [*start, BROWSER, *_QUIET, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(to_browser, from_browser),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_browser)
        os.close(from_browser)
        self._rest, self._last = b"", 0
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        try:
            self.ask("Browser.close")
            self.process.wait(10)
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self._to)
        os.close(self._from)

    def ask(self, method: str, session: str | None = None, **parameters: Any) -> Any:
        """Send a command and wait for its answer; events that come meanwhile are kept."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._last:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]

    def wait_for(self, event: str) -> None:
        """Wait until an event has come."""
        while not any(one.get("method") == event for one in self.events):
            self._next()

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + _PATIENCE
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._from], [], [], max(0.0, end - time.monotonic()))
            assert ready, "the browser does not answer"
            read = os.read(self._from, 1 << 20)
            assert read, "the browser has gone"
            self._rest += read
        raw, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(raw)
        if "method" in message:
            self.events.append(message)
        return message

    @contextmanager
    def page(
        self, file: Path, width: int = 1280, height: int = 900, *, dark: bool = False,
        scripts: bool = True, scale: float = 1,
    ) -> Iterator[Page]:  # fmt: skip
        """A page in a tab of its own, loaded."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.events.clear()
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.ask(f"{domain}.enable", session)
        self.ask(
            "Emulation.setDeviceMetricsOverride", session,
            width=width, height=height, deviceScaleFactor=scale, mobile=width < 600,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", session, features=[scheme])
        self.ask("Emulation.setScriptExecutionDisabled", session, value=not scripts)
        self.ask("Page.navigate", session, url=file.resolve().as_uri())
        self.wait_for("Page.loadEventFired")
        yield Page(self, session)
        self.ask("Target.closeTarget", targetId=target)


class Page:
    """One tab."""

    def __init__(self, browser: Chromium, session: str) -> None:
        self.browser, self.session = browser, session

    def value(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        answer = self.browser.ask(
            "Runtime.evaluate", self.session, expression=expression, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str, code: int, text: str = "") -> None:
        """Press a key."""
        keys = {"key": key, "windowsVirtualKeyCode": code}
        for kind in ("keyDown", "keyUp"):
            extra = {"text": text} if text and kind == "keyDown" else {}
            self.browser.ask("Input.dispatchKeyEvent", self.session, type=kind, **keys, **extra)

    def complaints(self) -> list[str]:
        """Everything that went wrong: exceptions, console errors, breaches of the content policy."""
        bad = {
            "Runtime.exceptionThrown",
            "Log.entryAdded",
            "Runtime.consoleAPICalled",
            "Audits.issueAdded",
        }
        return [json.dumps(e["params"]) for e in self.browser.events if e["method"] in bad]

    def requests(self) -> list[str]:
        """The addresses that were asked for."""
        return [
            e["params"]["request"]["url"]
            for e in self.browser.events
            if e["method"] == "Network.requestWillBeSent"
        ]

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """A screenshot as PNG."""
        shot = self.browser.ask(
            "Page.captureScreenshot", self.session, captureBeyondViewport=whole,
            **({"clip": self._all()} if whole else {}),
        )  # fmt: skip
        path.write_bytes(base64.b64decode(shot["data"]))

    def _all(self) -> dict[str, float]:
        size = self.browser.ask("Page.getLayoutMetrics", self.session)["cssContentSize"]
        return {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}

    def printed(self, path: Path) -> None:
        """The page as PDF, on A4."""
        answer = self.browser.ask(
            "Page.printToPDF",
            self.session,
            paperWidth=8.27,
            paperHeight=11.69,
            printBackground=False,
        )
        path.write_bytes(base64.b64decode(answer["data"]))
