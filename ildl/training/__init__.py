"""The ensemble trainer: `fit_ensemble` trains many small networks of one shape in one run."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
