"""Many ledgers at once: every executor gives the same plans, and nothing is lost."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

import surplus
from surplus.scale import Case, Outcome, Progress, reallocate_many


def counties(count: int = 6) -> list[Case]:
    return [Case(f"county-{i}", *surplus.generate(projects=20, seed=i)) for i in range(count)]


def expected(cases: list[Case]) -> dict[str, str]:
    return {
        case.name: surplus.reallocate(case.ledger, case.policy).to_json()  # type: ignore[arg-type]
        for case in cases
    }


def texts(outcomes: list[Outcome]) -> dict[str, str]:
    assert [o.error for o in outcomes if o.error] == []
    return {o.name: o.plan.to_json() for o in outcomes if o.plan is not None}


def test_processes_give_the_same_plans() -> None:
    cases = counties()
    seen: list[Progress] = []
    outcomes = [*reallocate_many(cases, workers=2, progress=seen.append)]
    assert texts(outcomes) == expected(cases)
    assert [(p.done, p.failed, p.total) for p in seen] == [(i, 0, 6) for i in range(1, 7)]
    assert seen[-1].running == 0
    assert all(outcome.seconds > 0 for outcome in outcomes)


def test_threads_give_the_same_plans() -> None:
    cases = counties()
    with ThreadPoolExecutor(2) as executor:
        assert texts([*reallocate_many(cases, executor)]) == expected(cases)


def test_one_bad_case_harms_no_other(tmp_path: Path) -> None:
    cases = counties(3)
    bad = tmp_path / "bad.json"
    bad.write_text('{"sources": 3}')
    floor = surplus.Policy.model_validate(
        {"rules": [{"kind": "reserve", "at_least": "1000000000000"}]}
    )
    ledger = cases[0].ledger
    with ThreadPoolExecutor(2) as executor:
        mixed = [Case("bad", bad, floor), cases[1], Case("impossible", ledger, floor), cases[2]]
        outcomes = {o.name: o for o in reallocate_many(mixed, executor)}
    assert "sources" in str(outcomes["bad"].error)
    assert "Infeasible" in str(outcomes["impossible"].error)
    assert outcomes["county-1"].plan is not None
    assert outcomes["county-2"].plan is not None


def test_names_must_differ() -> None:
    case = counties(1)[0]
    with ThreadPoolExecutor(1) as executor, pytest.raises(surplus.SurplusError, match="county-0"):
        list(reallocate_many([case, case], executor))


def test_work_in_flight_is_bounded() -> None:
    taken = 0

    def endless():  # type: ignore[no-untyped-def]
        nonlocal taken
        for case in counties(50):
            taken += 1
            yield case

    with ThreadPoolExecutor(1) as executor:
        outcomes = reallocate_many(endless(), executor, workers=1)
        next(outcomes)
        outcomes.close()  # type: ignore[attr-defined]
    assert taken <= 5


@pytest.mark.parametrize(
    "name", ["县" * 79, "县" * 80, "县" * 200, "𠮷" * 80, "a" * 300, "..", "a/b"]
)
def test_any_name_of_a_case_makes_a_file(name: str, tmp_path: Path) -> None:
    ledger, policy = surplus.generate(projects=10, seed=3)
    with ThreadPoolExecutor(1) as executor:
        (outcome,) = reallocate_many([Case(name, ledger, policy)], executor, resume=tmp_path)
    assert outcome.error is None
    assert len([*tmp_path.iterdir()]) == 1


def test_a_folder_of_results_is_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = counties(4)
    with ThreadPoolExecutor(1) as executor:
        first = reallocate_many(cases, executor, resume=tmp_path)
        next(first)
        first.close()  # type: ignore[attr-defined]
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept
    ran = []
    real = surplus.reallocate
    monkeypatch.setattr(
        "surplus.scale.case.reallocate", lambda *a, **k: ran.append(1) or real(*a, **k)
    )
    with ThreadPoolExecutor(1) as executor:
        outcomes = [*reallocate_many(cases, executor, resume=tmp_path)]
    assert texts(outcomes) == expected(cases)
    assert len(ran) == 4 - len(kept)


def test_a_result_for_other_facts_is_not_taken(tmp_path: Path) -> None:
    one, other = counties(2)
    with ThreadPoolExecutor(1) as executor:
        list(reallocate_many([one], executor, resume=tmp_path))
        renamed = Case(one.name, other.ledger, other.policy)
        (outcome,) = reallocate_many([renamed], executor, resume=tmp_path)
    assert texts([outcome]) == {one.name: expected([other])[other.name]}


def test_a_result_for_another_day_or_another_name_is_not_taken(tmp_path: Path) -> None:
    """Money expires by the ledger's day, and rules may select sources by name."""
    project = {"id": "A", "price": {"contract": "5.00"}}
    source = {"id": "a", "name": "x", "unallocated": "9.00", "first_budgeted": "2023-01-01"}
    rules = [{"kind": "expiry", "years": 1}, {"kind": "forbid", "source": {"name": "y"}}]
    policy = surplus.Policy.model_validate({"rules": rules})

    def moved(name: str, day: str) -> int:
        ledger = surplus.Ledger.from_records([source | {"name": name}], [project], as_of=day)
        with ThreadPoolExecutor(1) as executor:
            (outcome,) = reallocate_many([Case("one", ledger, policy)], executor, resume=tmp_path)
        assert outcome.plan is not None
        return int(outcome.plan.moved.sum())

    assert moved("x", "2023-06-01") == 500
    assert moved("x", "2025-06-01") == 0
    assert moved("x", "2023-06-01") == 500
    assert moved("y", "2023-06-01") == 0


class Deadly(surplus.Ledger):
    """Kills the process that unpickles it, once, or always."""

    def __reduce__(self):  # type: ignore[no-untyped-def]
        return _die_or_live, (self.name, str(os.environ["SURPLUS_TEST_MARK"]))


def _die_or_live(name: str, mark: str) -> surplus.Ledger:
    path = Path(mark)
    if name == "always" or not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    ledger, _ = surplus.generate(projects=20, seed=0)
    return ledger


def deadly(case: Case, name: str, often: str) -> Case:
    ledger = case.ledger
    assert isinstance(ledger, surplus.Ledger)
    return Case(name, Deadly(ledger.sources, ledger.projects, ledger.funding, often), case.policy)


def test_a_killed_worker_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURPLUS_TEST_MARK", str(tmp_path / "died"))
    cases = counties(4)
    mixed = [*cases[1:3], deadly(cases[0], "county-0", "once"), cases[3]]
    assert texts([*reallocate_many(mixed, workers=2)]) == expected(cases)


def test_what_kills_its_worker_takes_no_other_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURPLUS_TEST_MARK", str(tmp_path / "died"))
    cases = counties(6)
    killers = [deadly(cases[0], f"deadly-{i}", "always") for i in range(2)]
    mixed = [cases[0], killers[0], *cases[1:3], killers[1], *cases[3:]]
    outcomes = {o.name: o for o in reallocate_many(mixed, workers=2)}
    assert len(outcomes) == 8
    assert {name for name, o in outcomes.items() if o.error} == {"deadly-0", "deadly-1"}
    assert "worker died" in str(outcomes["deadly-0"].error)


class Awkward(surplus.Ledger):
    """A ledger of somebody's own, with a defect."""

    @property
    def sources(self):  # type: ignore[no-untyped-def,override]
        raise ZeroDivisionError("a defect")


def test_a_defect_ends_its_own_case_only() -> None:
    cases = counties(4)
    awkward = Awkward.__new__(Awkward)
    mixed = [*cases[:2], Case("awkward", awkward, cases[0].policy), *cases[2:]]
    with ThreadPoolExecutor(2) as executor:
        outcomes = {o.name: o for o in reallocate_many(mixed, executor)}
    assert len(outcomes) == 5
    assert outcomes.pop("awkward").error == "ZeroDivisionError: a defect"
    assert texts([*outcomes.values()]) == expected(cases)


class Recording(ThreadPoolExecutor):
    """Notes how many cases come together."""

    sizes: list[int]

    def submit(self, function, *work):  # type: ignore[no-untyped-def,override]
        self.sizes.append(len(work[0]))
        return super().submit(function, *work)


class Refusing(Recording):
    """Breaks whatever is more than one case, as an executor with a limit on sizes does."""

    def submit(self, function, *work):  # type: ignore[no-untyped-def,override]
        if len(work[0]) > 1:
            function = _refuse
        return super().submit(function, *work)


def _refuse(*_: object) -> None:
    raise ValueError("too large")


@pytest.mark.parametrize("kind", [Recording, Refusing])
def test_small_cases_go_in_parcels(kind: type[Recording], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surplus.scale.case.reallocate", lambda *_, **__: surplus.reallocate(*PAIR))
    monkeypatch.setattr("surplus.scale.many._PARCEL", 60.0)
    cases = [Case(f"county-{i}", *PAIR) for i in range(40)]
    with kind(1) as executor:
        executor.sizes = []
        outcomes = [*reallocate_many(cases, executor)]
    assert sorted(o.name for o in outcomes) == sorted(case.name for case in cases)
    assert all(o.plan for o in outcomes)
    assert executor.sizes[:4] == [1, 1, 1, 1]
    assert max(executor.sizes) == 18  # half of what is left, for one worker
    if kind is Recording:
        assert sum(executor.sizes) == 40
        assert executor.sizes[-1] == 1


PAIR = surplus.generate(projects=10, seed=1)


def test_a_broken_executor_of_the_caller_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURPLUS_TEST_MARK", str(tmp_path / "died"))
    cases = [deadly(counties(1)[0], "deadly", "always"), *counties(8)]
    outcomes: list[Outcome] = []
    spawn = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(1, mp_context=spawn) as executor,
        pytest.raises(surplus.SurplusError, match="the executor takes no more work"),
    ):
        outcomes.extend(reallocate_many(cases, executor))
    assert outcomes
    assert all("worker died" in str(outcome.error) for outcome in outcomes)


SCRIPT = """
import surplus, sys
if __name__ == "__main__":
    cases = (surplus.Case(f"county-{i}", *surplus.generate(projects=20, seed=i)) for i in range(400))
    for outcome in surplus.reallocate_many(cases, resume=sys.argv[1], workers=2):
        print(outcome.name, flush=True)
"""


def test_a_killed_run_is_resumed_and_leaves_no_worker_behind(tmp_path: Path) -> None:
    script, folder = tmp_path / "run.py", tmp_path / "plans"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        names = [process.stdout.readline().strip() for _ in range(3)]
        workers = _children(process.pid)
        process.kill()
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < deadline, "workers outlive a killed run"
        time.sleep(0.05)
    kept = {path.stem for path in folder.iterdir() if path.suffix == ".json"}
    assert kept >= {*names}
    assert len(kept) < 400
    times = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    cases = [Case(name, *surplus.generate(projects=20, seed=int(name[7:]))) for name in names]
    assert texts([*reallocate_many(cases, resume=folder, workers=1)]) == expected(cases)
    assert all(path.stat().st_mtime_ns == then for path, then in times.items())


def _children(pid: int) -> list[int]:
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in path.read_text().split()]
    return found


def test_dask(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    cases = counties(4)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", local_directory=str(tmp_path)
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert texts([*reallocate_many(cases, client.get_executor())]) == expected(cases)
        # With a worker killed on the way nothing is lost.
        outcomes = reallocate_many(counties(12), client.get_executor())
        first = next(outcomes)
        os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
        assert texts([first, *outcomes]) == expected(counties(12))
