"""What rules share that decide about each project by itself: a class and a binary column for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from surplus.classes import TAKING, Label
from surplus.flows import Flows, grouped
from surplus.ledger import Ledger
from surplus.ledger.columns import Index
from surplus.policy.selection import ProjectSelection
from surplus.program import Extra


class Own(NamedTuple):
    """A recipient that is a class of its own.

    Attributes:
        project: Its position in the ledger.
        id: Its id.
        columns: The columns of money into it.
        room: Cents that it may receive at most.
    """

    project: int
    id: str
    columns: Index
    room: int


def own_label(ledger: Ledger, project: ProjectSelection) -> Label:
    """Every selected project is one of its own."""
    chosen = project.mask(ledger.projects)
    return Label(
        np.where(chosen, 1 + np.arange(len(chosen)), 0), TAKING, single=True, exchanged=False
    )


def recipients(flows: Flows, project: ProjectSelection) -> Iterator[Own]:
    """The selected recipients that money can reach."""
    chosen = project.mask(flows.ledger.projects)
    taker = flows.taker
    for p, columns in grouped(np.where(chosen[taker], taker, -1)):
        yield Own(p, str(flows.ledger.projects.id[p]), columns, int(flows.room.take[p]))


def binary(title: str, name: str) -> Extra:
    """A column that is 0 or 1."""
    return Extra(f"{title} {name}", 1, integer=True)


def ones(columns: Index, sign: int = 1) -> Index:
    """A coefficient for each column."""
    return np.full(len(columns), sign, dtype=np.int64)
