"""Hypothesis profiles: quick by default; ``HYPOTHESIS_PROFILE=deep``, or ``few`` for mutants."""

import os

from hypothesis import HealthCheck, Phase, settings

os.environ["SURPLUS_LANG"] = "en"  # what the command says does not depend on where tests run

_CHECKS = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
settings.register_profile(
    "quick", max_examples=60, deadline=None, derandomize=True, suppress_health_check=_CHECKS
)
settings.register_profile(
    "deep",
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "5000")),
    deadline=None,
    suppress_health_check=_CHECKS,
)
settings.register_profile(
    "few",
    max_examples=20,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=_CHECKS,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def examples(quick: int) -> int:
    """At least so many examples, or as many as the deep profile asks for, or few."""
    if os.environ.get("HYPOTHESIS_PROFILE") == "few":
        return settings.default.max_examples
    return max(quick, settings.default.max_examples)
