"""Many ledgers at once: every executor gives the same plans, and nothing is lost."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
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
    assert [p.done for p in seen] == [1, 2, 3, 4, 5, 6]


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
    monkeypatch.setattr("surplus.scale.reallocate", lambda *a: ran.append(1) or real(*a))
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


@pytest.mark.parametrize("name", ["once", "always"])
def test_a_killed_worker_loses_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURPLUS_TEST_MARK", str(tmp_path / "died"))
    cases = counties(4)
    ledger = cases[0].ledger
    assert isinstance(ledger, surplus.Ledger)
    deadly = Deadly(ledger.sources, ledger.projects, ledger.funding, name)
    mixed = [*cases[1:3], Case("deadly", deadly, cases[0].policy), cases[3]]
    outcomes = {o.name: o for o in reallocate_many(mixed, workers=2)}
    assert set(outcomes) == {"county-1", "county-2", "county-3", "deadly"}
    for case in cases[1:]:
        assert outcomes[case.name].plan is not None, outcomes[case.name].error
    if name == "once":
        assert outcomes["deadly"].plan is not None
    else:
        assert "worker died" in str(outcomes["deadly"].error)


def test_dask(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    cases = counties(4)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=str(tmp_path)
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert texts([*reallocate_many(cases, client.get_executor())]) == expected(cases)
        # With a worker killed on the way nothing is lost.
        outcomes = reallocate_many(counties(12), client.get_executor())
        first = next(outcomes)
        os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
        assert texts([first, *outcomes]) == expected(counties(12))
