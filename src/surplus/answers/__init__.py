"""Answers about a plan: what if, what is it worth, what changed, what is the trade-off."""
