"""Min-cost flow of OR-Tools: exact in whole cents, for pure networks only."""

from __future__ import annotations

from typing import Any

import numpy as np
from measure import Answer, Clock
from network import END, ORIGIN, answer, arcs
from pooled import Pooled

NAME = "OR-Tools min-cost flow"
PLACE = 23
MOST = 100_000
NEEDS = ("ortools",)
EXACT = True


def run(ledger: Any, policy: Any, clock: Clock) -> Answer:
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    with clock.stage("arrays"):
        pooled = Pooled(ledger, policy)
        network = arcs(pooled)
    with clock.stage("model"):
        flow = SimpleMinCostFlow()
        most = int(network.capacity[network.tail == ORIGIN].sum())
        flow.add_arcs_with_capacity_and_unit_cost(
            np.append(network.tail, ORIGIN).astype(np.int32),
            np.append(network.head, END).astype(np.int32),
            np.append(network.capacity, most),
            np.append(network.cost, 0),
        )
        flow.set_node_supply(ORIGIN, most)
        flow.set_node_supply(END, -most)
    with clock.stage("solve"):
        status = flow.solve()
    if status != flow.OPTIMAL:
        raise RuntimeError(f"OR-Tools says {status}")
    flows = np.asarray(flow.flows(np.arange(len(network.tail))))
    return Answer(*answer(pooled, network, flows))
