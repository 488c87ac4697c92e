"""From classes back to projects, and who gives to whom. Cumulative sums, no loop over projects."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from surplus.arithmetic import ordered, running, sums
from surplus.balance import Balance
from surplus.classes import Cells
from surplus.flows import SWAP_IN, SWAP_OUT, Moves
from surplus.ledger import Ledger
from surplus.ledger.columns import Cents, Index
from surplus.model import Model
from surplus.plan.share import proportional
from surplus.policy.selection import field_codes


@dataclass(frozen=True, eq=False)
class Lots:
    """Amounts at places, in an order: `amount[i]` cents of `pool[i]` at `project[i]` (-1: nobody).

    Amounts from `swapping` on are exchanges.
    """

    pool: Index
    project: Index
    amount: Cents
    swapping: int


def spread(model: Model, x: Cents, ledger: Ledger, balance: Balance) -> Moves:
    """A plan of classes becomes transfers between projects."""
    flows, classes = model.flows, model.flows.classes
    count_in, count_out = len(flows.ins), len(flows.outs)
    swap = [flows.swapping, flows.swapping + len(flows.swap_ins)]
    ins, outs, used, swap_ins, swap_outs = np.split(
        x[: flows.size], [count_in, count_in + count_out, *swap]
    )
    takers = _takers(model, ins, x)
    room = flows.room
    givers = _released(model, ledger, outs)
    free = _lots(model.net.used_pool, np.full(len(used), -1, dtype=np.int64), used)
    givers = _joined(free, givers)
    if swap_outs.any():
        pools = flows.swap_out_pool
        of = classes.exchanging
        exchanged = _givers(of, ledger, flows.swap_outs, room.swap, swap_outs, pools)
        takers = _with_swaps(takers, _exchange(model, swap_ins, exchanged))
        givers = _with_swaps(givers, exchanged)
    return _matched(model, givers, takers, ledger, balance)


def _takers(model: Model, ins: Cents, x: Cents) -> Lots:
    """Within a class first what each must receive, then the smallest gaps, so that most are closed."""
    flows, classes, gap = model.flows, model.flows.classes, model.flows.balance.gap
    if any(aim.even for aim in model.aims):
        return _even_takers(model, ins)
    into_part = flows.ins.project != classes.whole[flows.ins.project]
    room = flows.room.take
    lots = []
    # Money that cares about the parts goes first; what does not takes the room that is left.
    for chosen, of in ((into_part, classes.of), (~into_part, classes.whole[classes.of])):
        if of is not classes.of and flows.shares:
            room = _shared(model, room, x)
        at = np.flatnonzero(chosen & (ins > 0))
        filled = np.zeros(len(classes), dtype=np.bool_)
        filled[flows.ins.project[at]] = True
        mine = filled[of]
        floor = np.minimum(flows.room.floor, room)
        first = np.flatnonzero(mine & (floor > 0))
        members = np.concatenate([first, np.flatnonzero(mine & (room > floor))])
        later = np.arange(len(members)) >= len(first)
        order = ordered(of[members], later, gap[members])
        space = np.where(later, (room - floor)[members], floor[members])
        cells = at[ordered(flows.ins.project[at], flows.ins.source[at])]
        lot = _cut(
            of[members[order]],
            space[order],
            members[order],
            flows.ins.project[cells],
            ins[cells],
            model.net.in_pool[cells],
        )
        room = room - sums(lot.project, lot.amount, len(room))
        lots.append(lot)
    return _joined(*lots)


def _shared(model: Model, room: Cents, x: Cents) -> Cents:
    """Rooms cut down to what each part gets of the money of its class, the smallest gaps first."""
    flows, of = model.flows, model.flows.classes.of
    place = {extra: flows.size + i for i, extra in enumerate(model.extras)}
    share = np.zeros(len(flows.classes), dtype=np.int64)
    for part, extra in flows.shares.items():
        share[part] = x[place[extra]]
    members = np.flatnonzero((room > 0) & flows.parted[flows.classes.whole[of]])
    members = members[ordered(of[members], flows.balance.gap[members])]
    result = room.copy()
    result[members] = _first(of[members], room[members], share)
    return result


def _even_takers(model: Model, ins: Cents) -> Lots:
    """Within a class the same part of every gap; all money sees the same classes."""
    flows, classes = model.flows, model.flows.classes
    total = sums(flows.ins.project, ins, len(classes))
    room = flows.room
    low = np.minimum(room.floor, room.take)
    if room.step is None:
        share = proportional(total, classes.of, flows.balance.gap, low, room.take)
    else:  # all of a class have the same step, and its total is a multiple of it
        step, each = room.step, room.step[classes.first]
        lots = proportional(
            total // each, classes.of, flows.balance.gap, low // step, room.take // step
        )
        share = lots * step
    members = np.flatnonzero(share)
    order = members[ordered(classes.of[members])]
    cells = ordered(flows.ins.project, flows.ins.source)
    return _cut(
        classes.of[order],
        share[order],
        order,
        flows.ins.project[cells],
        ins[cells],
        model.net.in_pool[cells],
    )


def _released(model: Model, ledger: Ledger, outs: Cents) -> Lots:
    """What each donor gives of each source."""
    flows, classes, joint = model.flows, model.flows.classes, model.flows.classes.joint
    columns, give, pools = flows.outs, flows.room.give, flows.out_pool
    if joint is None:
        return _givers(classes.of, ledger, columns, give, outs, pools)
    column = joint.columns(columns.project, columns.source)
    given = joint.apart(np.append(outs, 0)[column])  # nothing where there is no column
    member, place = np.nonzero(given)
    pool = pools[column[joint.of[member], joint.places[member, place]]]
    chosen = _lots(pool, joint.donors.project[member], given[member, place])
    apart = np.zeros(len(classes), dtype=np.bool_)
    apart[joint.classes] = True
    give = np.where(apart[classes.of[ledger.funding.project]], 0, give)
    usual = ~apart[columns.project]
    columns = Cells(columns.source[usual], columns.project[usual], columns.amount[usual])
    return _joined(chosen, _givers(classes.of, ledger, columns, give, outs[usual], pools[usual]))


def _givers(
    of: Index, ledger: Ledger, columns: Cells, give: Cents, outs: Cents, pools: Index
) -> Lots:
    """Within a class and source the largest amounts go first, so that few are touched; then by id."""
    funding, sources = ledger.funding, len(ledger.sources)
    column = np.full((int(of.max(initial=-1)) + 1) * sources, -1, dtype=np.int32)
    used = np.flatnonzero(outs)
    column[columns.project[used] * sources + columns.source[used]] = used
    entries = np.flatnonzero(give > 0)
    of_entry = column[of[funding.project[entries]] * sources + funding.source[entries]]
    entries, of_entry = entries[of_entry >= 0], of_entry[of_entry >= 0]
    amount = give[entries]
    # All of it goes, but for the columns that give a part.
    part = np.flatnonzero((outs < columns.amount)[of_entry])
    order = part[ordered(of_entry[part], -amount[part])]
    before = running(amount[order], of_entry[order]) - amount[order]
    amount[order] = np.clip(outs[of_entry[order]] - before, 0, amount[order])
    given = np.flatnonzero(amount)
    return _lots(pools[of_entry[given]], funding.project[entries[given]], amount[given])


def _exchange(model: Model, swap_ins: Cents, given: Lots) -> Lots:
    """Who gave money in exchange takes as much, source by source."""
    flows, of = model.flows, model.flows.classes.exchanging
    total = sums(given.project, given.amount, len(of))
    members = np.flatnonzero(total)
    order = members[ordered(of[members])]
    cells = ordered(flows.swap_ins.project, flows.swap_ins.source)
    return _cut(
        of[order],
        total[order],
        order,
        flows.swap_ins.project[cells],
        swap_ins[cells],
        flows.swap_in_pool[cells],
    )


def _cut(
    group: Index, room: Cents, project: Index, lot_group: Index, lot: Cents, pool: Index
) -> Lots:
    """Lay the lots of each group along its rooms, both in order; cut where either ends.

    Each group's lots fit into its rooms. Both are sorted by group.
    """
    size = int(max(group.max(initial=-1), lot_group.max(initial=-1))) + 1
    room_sum = sums(group, room, size)
    start = np.cumsum(room_sum) - room_sum  # where each group begins on the common line
    lot_end_all = np.cumsum(lot)
    lot_sum = sums(lot_group, lot, size)
    lot_start = np.cumsum(lot_sum) - lot_sum
    lot_end = lot_end_all - lot_start[lot_group] + start[lot_group]
    room_end = np.cumsum(room)
    return _overlaps(room_end - room, room_end, project, lot_end - lot, lot_end, pool)


def _overlaps(
    low: Cents, high: Cents, project: Index, lot_low: Cents, lot_high: Cents, pool: Index
) -> Lots:
    """All overlaps of two families of disjoint intervals, each in rising order."""
    real, full = np.flatnonzero(high > low), np.flatnonzero(lot_high > lot_low)
    low, high, project = low[real], high[real], project[real]
    lot_low, lot_high, pool = lot_low[full], lot_high[full], pool[full]
    first = np.searchsorted(high, lot_low, side="right")
    last = np.searchsorted(low, lot_high, side="left")
    counts = last - first
    which = np.repeat(np.arange(len(pool)), counts)
    offset = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    at = first[which] + offset
    amount = np.minimum(high[at], lot_high[which]) - np.maximum(low[at], lot_low[which])
    return _lots(pool[which], project[at], amount)


def _lots(pool: Index, project: Index, amount: Cents) -> Lots:
    return Lots(pool, project, amount, len(amount))


def _joined(first: Lots, second: Lots) -> Lots:
    return _lots(
        np.concatenate([first.pool, second.pool]),
        np.concatenate([first.project, second.project]),
        np.concatenate([first.amount, second.amount]),
    )


def _with_swaps(usual: Lots, swaps: Lots) -> Lots:
    return replace(_joined(usual, swaps), swapping=len(usual.amount))


def _matched(model: Model, givers: Lots, takers: Lots, ledger: Ledger, balance: Balance) -> Moves:
    """Who gives to whom: within the values of a field first where an objective asks for it."""
    field = next((aim.pair for aim in model.aims if aim.pair is not None), None)
    ends, rest, lots = (givers, takers), (givers.amount, takers.amount), []
    if field is not None:
        codes = field_codes(ledger.projects, field) + 1
        width = int(codes.max(initial=0)) + 1
        keys = [lot.pool * width + np.where(lot.project < 0, 0, codes[lot.project]) for lot in ends]
        own = [np.where(np.arange(len(lot.amount)) < lot.swapping, lot.amount, 0) for lot in ends]
        chosen = _common(keys[0], own[0], keys[1], own[1])
        lots.append(_walked(givers, keys[0], chosen[0], takers, keys[1], chosen[1]))
        rest = (rest[0] - chosen[0], rest[1] - chosen[1])
    lots.append(_walked(givers, givers.pool, rest[0], takers, takers.pool, rest[1]))
    give, take, amount = (np.concatenate([lot[k] for lot in lots]) for k in range(3))
    giver, taker = givers.project[give], takers.project[take]
    arriving = model.flows.arriving
    pool_source = np.zeros(len(model.flows.pools), dtype=np.int64)
    pool_source[arriving.pool] = arriving.source
    source = pool_source[takers.pool[take]]
    swap = SWAP_OUT * (give >= givers.swapping) + SWAP_IN * (take >= takers.swapping)
    # Two lots between the same ends (unallocated money of several pools) are one transfer; what a
    # project would exchange with itself stays where it is.
    key = ordered(source, giver, taker, swap)
    key = key[(giver[key] != taker[key]) | (swap[key] != SWAP_OUT + SWAP_IN)]
    columns = [column[key] for column in (source, giver, taker, swap)]
    new = np.ones(len(key), dtype=np.bool_)
    new[1:] = np.any([np.diff(column) != 0 for column in columns], axis=0)
    starts = np.flatnonzero(new)
    merged = np.add.reduceat(amount[key], starts) if len(starts) else amount[key]
    source, giver, taker, swap = (column[starts] for column in columns)
    return Moves(ledger, balance, source, giver, taker, merged, swap)


def _walked(
    givers: Lots, give_key: Index, given: Cents, takers: Lots, take_key: Index, taken: Cents
) -> tuple[Index, Index, Cents]:
    """Walk givers and takers of each key in order: at most givers + takers - 1 transfers a key.

    Both sums agree for every key, so one walk serves all.
    """
    give = ordered(give_key, givers.project)
    take = ordered(take_key, takers.project)
    give_end, take_end = np.cumsum(given[give]), np.cumsum(taken[take])
    lots = _overlaps(give_end - given[give], give_end, give, take_end - taken[take], take_end, take)
    return lots.project, lots.pool, lots.amount


def _common(give_key: Index, given: Cents, take_key: Index, taken: Cents) -> tuple[Cents, Cents]:
    """Of each amount what the other side of its key can match, the first ones first."""
    size = int(max(give_key.max(initial=-1), take_key.max(initial=-1))) + 1
    most = np.minimum(sums(give_key, given, size), sums(take_key, taken, size))
    return _first(give_key, given, most), _first(take_key, taken, most)


def _first(key: Index, amount: Cents, most: Cents) -> Cents:
    """The amounts of each key, in order, until they come to what is allowed."""
    order = np.argsort(key, kind="stable")
    end = np.cumsum(amount[order])
    total = sums(key, amount, len(most))
    before = end - amount[order] - (np.cumsum(total) - total)[key[order]]
    result = np.empty_like(amount)
    result[order] = np.clip(most[key[order]] - before, 0, amount[order])
    return result
