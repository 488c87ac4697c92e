"""Network simplex of networkx, in plain Python: pure networks only, and small ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from measure import Answer, Clock
from network import END, ORIGIN, answer, arcs
from pooled import Pooled

NAME = "networkx network simplex"
PLACE = 24
MOST = 1_000
NEEDS = ("networkx",)
EXACT = True


def run(ledger: Any, policy: Any, clock: Clock) -> Answer:
    import networkx as nx

    with clock.stage("arrays"):
        pooled = Pooled(ledger, policy)
        network = arcs(pooled)
    with clock.stage("model"):
        most = int(network.capacity[network.tail == ORIGIN].sum())
        graph = nx.MultiDiGraph()
        graph.add_node(ORIGIN, demand=-most)
        graph.add_node(END, demand=most)
        graph.add_edge(ORIGIN, END, key=-1, capacity=most, weight=0)
        table = zip(
            network.tail.tolist(),
            network.head.tolist(),
            network.capacity.tolist(),
            network.cost.tolist(),
            strict=True,
        )
        for k, (tail, head, capacity, cost) in enumerate(table):
            graph.add_edge(tail, head, key=k, capacity=capacity, weight=cost)
    with clock.stage("solve"):
        _, found = nx.network_simplex(graph)
    flows = np.zeros(len(network.tail), dtype=np.int64)
    for ends in found.values():
        for keys in ends.values():
            for key, amount in keys.items():
                if key >= 0:
                    flows[key] = amount
    return Answer(*answer(pooled, network, flows))
