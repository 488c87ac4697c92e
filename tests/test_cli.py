"""The command as people and scripts use it: output, exit status, no traceback ever."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import surplus
from surplus.cli import main
from surplus.proof import certificate_check

EXAMPLES = Path(__file__).parents[1] / "examples" / "data"
LEDGER, POLICY = str(EXAMPLES / "seed_county.json"), str(EXAMPLES / "seed_policy.json")


@pytest.fixture
def plan_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    path = str(tmp_path / "plan.json")
    assert main(["plan", LEDGER, "--policy", POLICY, "-o", path]) == 0
    capsys.readouterr()
    return path


def test_plan_shows_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", LEDGER, "--policy", POLICY]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for part in (
        "central-2024",
        "available",
        "moved",
        "left",
        "unfilled gaps",
        "no plan is better",
    ):
        assert part in out


def test_json_prints_only_json(capsys: pytest.CaptureFixture[str], plan_file: str) -> None:
    assert main(["plan", LEDGER, "--policy", POLICY, "--json"]) == 0
    out, _ = capsys.readouterr()
    assert json.loads(out)["status"] == "optimal"
    assert out == Path(plan_file).read_text("utf-8")


def test_verify(capsys: pytest.CaptureFixture[str], plan_file: str) -> None:
    arguments = ["verify", plan_file, "--ledger", LEDGER, "--policy", POLICY]
    assert main(arguments) == 0
    document = json.loads(Path(plan_file).read_text("utf-8"))
    document["transfers"].pop()
    Path(plan_file).write_text(json.dumps(document), "utf-8")
    capsys.readouterr()
    assert main(arguments) == 1
    assert "the plan does not hold" in capsys.readouterr().err
    assert main([*arguments, "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["holds"] is False
    assert answer["breaches"]


def test_audit(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["audit", LEDGER]) == 1
    assert "96.25 %" in capsys.readouterr().out
    assert main(["audit", LEDGER, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["findings"]
    clean = tmp_path / "ledger.json"
    clean.write_text('{"sources": [], "projects": []}')
    assert main(["audit", str(clean), "--lang", "zh"]) == 0
    assert capsys.readouterr().out == "未发现问题。\n"


def test_waterfall(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["waterfall", LEDGER, "JS001", "--policy", POLICY, "--lang", "zh"]) == 0
    assert "计划投资" in capsys.readouterr().out
    assert main(["waterfall", LEDGER, "JS001", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["project"] == "JS001"
    assert main(["waterfall", LEDGER, "none"]) == 1
    assert "no project 'none'" in capsys.readouterr().err


@pytest.mark.parametrize("document", ["ledger", "policy", "plan"])
def test_schema(document: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", document]) == 0
    assert json.loads(capsys.readouterr().out)["type"] == "object"


def test_generate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "--projects", "30", "--seed", "4", "-o", str(tmp_path)]) == 0
    ledger, _ = surplus.generate(projects=30, seed=4)
    assert (tmp_path / "ledger.json").read_text("utf-8") == ledger.to_json()
    out = str(tmp_path / "plan.json")
    files = [str(tmp_path / "ledger.json"), "--policy", str(tmp_path / "policy.json")]
    assert main(["plan", *files, "-o", out]) == 0
    capsys.readouterr()


@pytest.mark.parametrize("papers", [False, True])
def test_a_plan_takes_away_what_said_that_there_is_none(papers: bool, tmp_path: Path) -> None:
    share = {"kind": "share", "project": {"category": "none"}, "at_least": "60%"}
    hopeless = tmp_path / "hopeless.json"
    hopeless.write_text(json.dumps({"rules": [share]}), encoding="utf-8")
    out = tmp_path / "out"
    target = out if papers else out / "plan.json"
    out.mkdir()
    refuted = out / ("infeasible.json" if papers else "plan.infeasible.json")
    assert main(["plan", LEDGER, "--policy", str(hopeless), "-o", str(target)]) == 1
    assert refuted.exists()
    assert main(["plan", LEDGER, "--policy", POLICY, "-o", str(target)]) == 0
    assert not refuted.exists()
    assert (out / "plan.json").exists()


def test_infeasible_is_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = {"kind": "share", "id": "all", "source": {"level": "central"},
            "project": {"category": "industry"}, "at_least": "99%"}  # fmt: skip
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"rules": [rule]}))
    out = tmp_path / "plan.json"
    assert main(["plan", LEDGER, "--policy", str(policy), "-o", str(out)]) == 1
    err = capsys.readouterr().err
    assert "rule 'all' cannot be kept by any plan" in err
    assert "it can reach at most" in err
    assert not out.exists()
    verdict = tmp_path / "plan.infeasible.json"
    arguments = [str(verdict), "--ledger", LEDGER, "--policy", str(policy)]
    assert main(["verify", *arguments]) == 0
    assert capsys.readouterr().out == "The rules contradict each other.\n"
    page = [sys.executable, certificate_check.__file__, LEDGER, str(policy), str(verdict)]
    done = subprocess.run(page, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (
        0,
        "The rules contradict each other: no plan keeps them all.",
    )
    verdict.write_text(verdict.read_text().replace('"limit": "-', '"limit": "-1'))
    assert main(["verify", *arguments]) == 1


@pytest.mark.parametrize(
    ("ledger", "words"),
    [
        ("{", "not JSON"),
        ('{"sources": [{"id": "c", "unallocated": "1e5"}]}', "sources[0].unallocated"),
        ('{"projects": [{"id": "A", "nmae": "x"}]}', "projects[0].nmae: unknown key"),
    ],
)
def test_bad_input_is_status_2(
    ledger: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "ledger.json", tmp_path / "plan.json"
    path.write_text(ledger)
    assert main(["plan", str(path), "--policy", POLICY, "-o", str(out)]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert "Traceback" not in err
    assert not out.exists()


def test_bad_policies_and_paths(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text('{"rules": [{"kind": "shore"}], "objectives": []}')
    assert main(["plan", LEDGER, "--policy", str(policy)]) == 2
    assert "rules[0]" in capsys.readouterr().err
    assert main(["plan", str(tmp_path / "none.json"), "--policy", POLICY]) == 2
    assert main(["plan", LEDGER, "--policy", POLICY, "-o", str(tmp_path / "no" / "plan.json")]) == 2
    assert main(["verify", str(tmp_path / "none"), "--ledger", LEDGER, "--policy", POLICY]) == 2


def test_as_a_module_whatever_the_hash_seed(tmp_path: Path) -> None:
    """Two processes with different hash seeds write the same bytes."""
    texts = []
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.json"
        done = subprocess.run(
            [sys.executable, "-m", "surplus", "plan", LEDGER, "--policy", POLICY, "-o", str(out)],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        texts.append(out.read_bytes())
    assert texts[0] == texts[1]
