"""For those who build on surplus: Hypothesis strategies and laws for their own rules and readers.

Needs the extra `testing`. A rule of one's own is a subclass of `Rule` and goes into a policy as an object;
what its methods are given and return is exported here, too. `examples/09_own_rule.py` is one from end to
end. Its rows and its check are held against each other in four lines::

    @given(ledger=ledgers, data=st.data())
    def test_rows_and_check_agree(ledger, data):
        policy = surplus.Policy.model_validate({"rules": [MyRule(...)]})
        check_rows(ledger, policy, data.draw(moves_near_limits(ledger, policy)))

A reader of one's own: whatever it reads, `check_plan` holds on ``reallocate(ledger, policy)``, and equal
facts give equal bytes of ``ledger.to_json()``.
"""

from surplus.classes import BOTH, GIVING, TAKING, Label
from surplus.flows import Flows, Moves
from surplus.ledger import Ledger
from surplus.policy.rules import Breach, Rule
from surplus.program import Row
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
    "BOTH",
    "GIVING",
    "OBJECTIVE_STRATEGIES",
    "RULE_STRATEGIES",
    "TAKING",
    "Breach",
    "Flows",
    "Label",
    "Ledger",
    "Moves",
    "Row",
    "Rule",
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
