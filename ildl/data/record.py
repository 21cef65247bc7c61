"""What the catalogue says of a data set: `Record`, and of a public file: `SourceFile`."""

from __future__ import annotations

from dataclasses import dataclass

from ildl.data.sampling import Sampling

_SOURCE = "https://raw.githubusercontent.com/SpriteMisaka/PyLDL/082937638e075b35d349a2e69e36219d52512dc8/datasets"


@dataclass(frozen=True)
class SourceFile:
    r"""A public file.

    Parameters
    ----------
    path : str
        Its place in a data folder.
    urls : tuple of str
        Pinned addresses, tried in this order; whatever they deliver must have the right blob id.
    blob : str
        Git blob id: SHA-1 of ``b"blob %d\0" % len(content) + content``.
    aliases : tuple of str
        Other places in a data folder where it is looked for: its public names.
    """

    path: str
    urls: tuple[str, ...]
    blob: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """One data set that comes from a file.

    Parameters
    ----------
    name : str
        The paper's name; for a further data set, the one in use.
    features : SourceFile
        MATLAB file with `features` and `labels_field`.
    labels : SourceFile or None
        Labels alone, where they are published so.
    n, c : int
        Rows and labels.
    q : int or None
        Features; None where no source states them.
    label_names : tuple of str
        In the order of the columns; neutral where the order cannot be established.
    label_order : str
        "established", "presumed" or "not established", and why.
    feature_set : {"benchmark", "public"}
        Whether the published tables used these features.
    feature_note : str
        What is known of the file's features.
    sampling : Sampling or None
        The benchmark's constants of the imbalance sampling; None: it has none for this set, `generic_sampling` decides.
    citation : str
        Whom to cite for the data.
    labels_field : str
        What the features file calls its labels.
    rounded : bool
        The features file is a copy in single precision. Then both files are needed: the labels come from the labels
        file, and the rounded ones must agree with them.
    """

    name: str
    features: SourceFile
    labels: SourceFile | None
    n: int
    q: int | None
    c: int
    label_names: tuple[str, ...]
    label_order: str
    feature_set: str
    feature_note: str
    sampling: Sampling | None
    citation: str
    labels_field: str = "labels"
    rounded: bool = False


def matlab_file(name: str, blob: str) -> SourceFile:
    """Return a file of the public source of MATLAB files, at its pinned commit.

    Parameters
    ----------
    name : str
        Its name in the source's folder.
    blob : str
        Its git blob id.

    Returns
    -------
    SourceFile
    """
    return SourceFile(name, (f"{_SOURCE}/{name}",), blob)
