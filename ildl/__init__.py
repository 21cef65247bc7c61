"""Reproducible companion of "Decoupled Imbalanced Label Distribution Learning" (IJCAI 2025)."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("ildl")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"
