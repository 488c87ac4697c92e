"""Linear programming in rationals: a basis is solved exactly and proved, or improved, or refuted."""

from surplus.exact.vertex import Contradiction, Vertex, optimum

__all__ = ["Contradiction", "Vertex", "optimum"]
