"""Answers: why a gap stays open, why no plan exists."""
