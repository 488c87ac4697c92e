"""Workbooks: `archive` looks through the file, `grid` reads sheets, `tables` and `wide` understand them."""
