"""Linear programming in rationals: a basis is solved exactly and proved, or improved, or refuted."""

from surplus.exact.integers import integral
from surplus.exact.levels import Ask
from surplus.exact.vertex import Contradiction, Vertex, optimum

__all__ = ["Ask", "Contradiction", "Vertex", "integral", "optimum"]
