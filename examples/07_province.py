"""A province: the ledgers of 100 counties with 100 projects each, planned on two workers at once.

All figures are made up. Each county has its own sources, rules and priorities, and is planned on its
own. Results come as they are ready; one county's ledger contradicts its rules, which is said and
keeps no other one from its plan. A second run with the same folder reads what is there and plans the rest.

Expected: 99 plans and one error in some ten seconds; a table of the counties with the largest gaps left.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import surplus

COUNTIES = [f"county-{i:03d}" for i in range(100)]


def cases() -> Iterator[surplus.Case]:
    """Ledger and policy of each county; made, or read, only when there is room for them."""
    for seed, name in enumerate(COUNTIES):
        ledger, policy = surplus.generate(projects=100, seed=seed, tightness=seed % 10 / 10)
        if name == "county-042":  # asks for a reserve that it does not have
            document = policy.model_dump(mode="json", by_alias=True, exclude_none=True)
            reserve = {"kind": "reserve", "id": "too-much", "at_least": "100000000000.00"}
            policy = surplus.Policy.model_validate(
                {**document, "rules": [*document["rules"], reserve]}
            )
        yield surplus.Case(name, ledger, policy)


def main() -> None:
    shown = []
    plans: dict[str, surplus.Plan] = {}
    errors: dict[str, str] = {}
    with TemporaryDirectory() as folder:
        for outcome in surplus.reallocate_many(
            cases(), workers=2, progress=shown.append, resume=folder
        ):
            if outcome.plan is None:
                errors[outcome.name] = outcome.error or ""
            else:
                plans[outcome.name] = outcome.plan
        assert len(list(Path(folder).glob("*.json"))) == 99
        # A case that is there already is only read.
        again = next(surplus.reallocate_many([next(cases())], workers=1, resume=folder))
        assert again.plan is not None
        assert again.plan.to_json() == plans[again.name].to_json()

    assert (shown[-1].done, shown[-1].failed) == (100, 1)
    assert [*errors] == ["county-042"]
    assert "too-much" in errors["county-042"]

    print(f"{'county':<12}{'gaps':>18}{'filled':>18}{'left':>18}  transfers")
    rows = sorted(plans.items(), key=lambda item: (-int(item[1].unmet.sum()), item[0]))
    for name, plan in rows[:10]:
        need, unmet = int(plan.need.sum()), int(plan.unmet.sum())
        figures = "".join(f"{cents / 100:>18,.2f}" for cents in (need, need - unmet, unmet))
        print(f"{name:<12}{figures}{len(plan.amount):>11}")
    need = sum(int(plan.need.sum()) for plan in plans.values())
    unmet = sum(int(plan.unmet.sum()) for plan in plans.values())
    figures = "".join(f"{cents / 100:>18,.2f}" for cents in (need, need - unmet, unmet))
    print(f"{'province':<12}{figures}{sum(len(p.amount) for p in plans.values()):>11}")
    print(f"no plan: {errors['county-042'].splitlines()[0]}")

    # The province moves what its counties move: plan by plan, to the cent.
    for plan in plans.values():
        assert (
            int(plan.moved.sum()) == int(plan.amount.sum()) == int((plan.need - plan.unmet).sum())
        )


if __name__ == "__main__":  # the workers are new processes, which read this file, too
    main()
