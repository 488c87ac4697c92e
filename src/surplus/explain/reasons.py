"""Why a gap stays open, by class, from the exact multipliers."""

from __future__ import annotations

import numpy as np

from surplus.ledger.columns import Index
from surplus.model import Model
from surplus.plan.solution import Solution

NO_SOURCE = "no permitted source"
EXHAUSTED = "no permitted source has money left"


def reasons(model: Model, solution: Solution) -> tuple[Index, tuple[str, ...]]:
    """A position in the list of reasons for each project with a gap, and the list."""
    flows, program = model.flows, model.program
    texts = [NO_SOURCE, EXHAUSTED]
    of_class = np.zeros(len(flows.classes), dtype=np.int64)
    of_class[flows.ins.project] = 1
    # Pools that a binding rule keeps money in: its rows take part in the price of the pool.
    pools = np.concatenate([model.in_pool, model.out_pool, model.used_pool])
    for i in np.flatnonzero(solution.prices[0]).tolist():
        row = program.rows[i]
        if row.rule is None:
            continue
        text = f"rule '{row.rule}' binds"
        if text not in texts:
            texts.append(text)
        entering = row.columns[row.columns < len(flows.ins)]
        touched = np.zeros(int(pools.max(initial=0)) + 1, dtype=np.bool_)
        touched[pools[row.columns[row.columns >= len(flows.ins)]]] = True
        classes = np.unique(
            np.concatenate([flows.ins.project[entering], flows.ins.project[touched[model.in_pool]]])
        )
        of_class[classes[of_class[classes] == 1]] = texts.index(text)
    by_project = np.maximum(
        of_class[flows.classes.of], of_class[flows.classes.whole[flows.classes.of]]
    )
    return by_project, tuple(texts)
