"""Move money that projects no longer need to the projects that lack it."""
