"""Facts: what is known about sources and projects, before any rule is applied."""

from surplus.ledger.columns import Category, Funding, Projects, Source, Stated
from surplus.ledger.ledger import Ledger

__all__ = ["Category", "Funding", "Ledger", "Projects", "Source", "Stated"]
