"""Compile the training, in single precision, which its first use does otherwise: `python -m ildl.methods`."""

from concurrent.futures import ProcessPoolExecutor

import numpy as np

from ildl.methods import make_method

KINDS = {"DILDL": {"label_gradient": "joint"}, "RDA": {}, "OFR-DB": {}}
"""One method of each kind of network, and its parameters."""


def _compile(name: str) -> None:
    X, D = np.eye(4), np.full((4, 4), 0.25)
    make_method(name, epochs=1, device="cpu", **KINDS[name]).fit(X, D)


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_compile, KINDS))
