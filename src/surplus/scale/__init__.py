"""Many ledgers at once, on any executor: results as they finish, one bad case harms no other."""

from surplus.scale.case import Case, Outcome
from surplus.scale.many import Progress, reallocate_many

__all__ = ["Case", "Outcome", "Progress", "reallocate_many"]
