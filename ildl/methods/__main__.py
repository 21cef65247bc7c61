"""Compile the training, in single precision, which its first use does otherwise: `python -m ildl.methods`."""

import numpy as np

from ildl.methods import make_method

if __name__ == "__main__":
    X, D = np.eye(4), np.full((4, 4), 0.25)
    # one of each kind of network
    for method in (make_method("OFR-DB"), make_method("RDA"), make_method("DILDL", label_gradient="joint")):
        method.set_params(epochs=1, device="cpu").fit(X, D)
