"""For those who build on surplus: Hypothesis strategies and laws for their own rules and readers.

Needs the extra `testing`. A rule that is new can be tested in four lines::

    @given(ledger=ledgers, data=st.data())
    def test_rows_and_check_agree(ledger, data):
        policy = surplus.Policy.model_validate({"rules": [...]})
        check_rows(ledger, policy, data.draw(moves_near_limits(ledger, policy)))
"""

from surplus.testing.laws import check_plan, check_rows, columns_of, rows_hold
from surplus.testing.moves import moves_near_limits
from surplus.testing.strategies import (
    OBJECTIVE_STRATEGIES,
    RULE_STRATEGIES,
    documents,
    ledgers,
    policies,
    policy_documents,
)

__all__ = [
    "OBJECTIVE_STRATEGIES",
    "RULE_STRATEGIES",
    "check_plan",
    "check_rows",
    "columns_of",
    "documents",
    "ledgers",
    "moves_near_limits",
    "policies",
    "policy_documents",
    "rows_hold",
]
