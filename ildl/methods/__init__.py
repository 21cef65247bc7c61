"""DILDL, comparison methods of the paper, and two references, by the names of its tables (which print RAD for RDA)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
