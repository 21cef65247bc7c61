"""The equations of the paper, one function an equation, in the paper's order, and RDA's rebalanced focal loss.

Every function takes rows in the last dimension but one and labels in the last, with any number of leading dimensions,
so that the same code serves one batch (b, c) and an ensemble of batches (members, b, c). Losses are returned per row:
the paper's sums and means over instances are the caller's, because batches of an ensemble may be ragged. Functions of
labels alone take NumPy arrays, too; what needs PyTorch imports it when it is used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
