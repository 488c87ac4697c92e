"""`fair` over many townships beside `fill`: ``python benchmarks/fair.py [--projects N] [--townships N]``.

One ledger, several objectives in turn; processor seconds, which a busy machine changes little.
"""

from __future__ import annotations

import argparse
import time

import surplus

SEED = 7
AIMS = ({"kind": "fill"}, {"kind": "fair", "by": "township"}, {"kind": "proportional"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=int, default=1_000_000)
    parser.add_argument("--townships", type=int, default=1_000)
    parser.add_argument("--rules", action="store_true", help="those of the generated policy")
    options = parser.parse_args()
    ledger, usual = surplus.generate(
        projects=options.projects, townships=options.townships, seed=SEED
    )
    document = usual.model_dump(mode="json", by_alias=True)
    rules = document["rules"] if options.rules else []
    for _ in range(2):  # the first run loads what later ones find
        for aim in AIMS:
            policy = surplus.Policy.model_validate({"rules": rules, "objectives": [aim]})
            start = time.process_time()
            plan = surplus.reallocate(ledger, policy)
            planned = time.process_time()
            surplus.verify(plan, ledger, policy)
            verified = time.process_time()
            levels = ", ".join(
                f"{float(o.value):.6g} ({float(o.bound - o.value):.1e} open)"
                for o in plan.objectives
            )
            print(
                f"{aim['kind']}: {planned - start:.2f} s, verified in {verified - planned:.2f} s; {levels}"
            )


if __name__ == "__main__":
    main()
