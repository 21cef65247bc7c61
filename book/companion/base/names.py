"""Names that reports are asked for by: data sets, methods, metrics, readings. A name that nobody knows is refused."""

DATASETS = ("Movie", "SCUT-FBP", "Emotion6", "Flickr_LDL", "RAF-ML", "Natural_Scene")
"""Those of the benchmark, in the order of the papers' columns."""
RIVALS = (
    "SA-BFGS", "EDL-LRL", "LDLSF", "LDL-LCLR", "Adam-LDL-SCL", "LDL-LDM", "OFR-FL", "OFR-CB", "OFR-DB", "RDA",
)  # fmt: skip
"""The methods that the paper compares DILDL with, in the order of its rows."""
NO_DECOUPLED_LOSS = "rebalanced"
"""DILDL's reading and criterion in which RDA's loss stands in place of the decoupled one. It is shown for what it
bounds; no claim on DILDL is judged by it, since half of the method is not there."""
OF_DILDL = ("as printed", "default", NO_DECOUPLED_LOSS)
"""Readings of DILDL that have a row in tables."""
PRINTED_METRICS = ("chebyshev", "kl_divergence", "euclidean_all", "euclidean_tail", "euclidean_head")
"""Those in which the paper's Tables 1, 2 and 5 give every method a number, in their order."""
