"""The data sets of the benchmark as records: where each file is, how it is verified, what it holds.

Facts come from the pinned sources, the benchmark's appendix (features) and its public code (thresholds). The files
name no columns, so every record says how far its label names can be trusted.
"""

from __future__ import annotations

from ildl.checks import InputError, check_option
from ildl.data.extra import EXTRA_RECORDS
from ildl.data.record import Record, SourceFile, matlab_file
from ildl.data.sampling import Sampling

_LABELS = "https://raw.githubusercontent.com/wangjing4research/LDL-FLC/ebbfea379fb29b992d26bb41151ae5c99ab65b04/{}/label.npy".format
# A sister repository of the same author holds label files of the same names; content decides, by its blob id.
_SISTER = "https://raw.githubusercontent.com/wangjing4research/LDL/{}/{}/label.npy".format
# One blob in several repositories of the same authors. None has a licence file; their readmes name PALM as the origin,
# whose package may be used freely for academic, non-profit purposes.
_COPIES = "https://raw.githubusercontent.com/{}/ns.mat".format

ARTIFICIAL = "Artificial"


RECORDS: dict[str, Record] = {
    record.name: record
    for record in (
        Record(
            name="Movie",
            features=matlab_file("Movie.mat", "dcf9b96296b533f672b54f4ce9fa089b55c69a7b"),
            labels=None,
            n=7755,
            q=1869,
            c=5,
            label_names=tuple(f"score {k}" for k in range(1, 6)),
            label_order="presumed: five rating levels, taken in ascending order; the file names no columns",
            feature_set="benchmark",
            feature_note="the benchmark's own: metadata, categorical attributes one-hot encoded (98.9 % zeros)",
            sampling=Sampling(a=1, b=2, suppressed=2, promoted=0),
            citation="X. Geng and P. Hou. Pre-release prediction of crowd opinion on movies by label distribution "
            "learning. IJCAI 2015.",
        ),
        Record(
            name="SCUT-FBP",
            features=matlab_file("SCUT_FBP.mat", "d008b803218001a783d4a3503ab09c51cca015c0"),
            labels=None,
            n=1500,
            q=300,
            c=5,
            label_names=tuple(f"score {k}" for k in range(1, 6)),
            label_order="presumed: five rating levels, taken in ascending order; the file names no columns",
            feature_set="public",
            feature_note="1500 rows, 300 features of unstated origin; benchmark: 500 faces, ResNet, PCA to 128",
            sampling=Sampling(a=2, b=0.1, suppressed=2, promoted=4),
            citation="D. Xie, L. Liang, L. Jin, J. Xu and M. Li. SCUT-FBP: a benchmark dataset for facial beauty "
            "perception. IEEE SMC 2015.",
        ),
        Record(
            name="Emotion6",
            features=matlab_file("emotion6.mat", "1f039936c24cf17b9d38386fcdd5677c68859da4"),
            labels=None,
            n=1980,
            q=168,
            c=7,
            label_names=("anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral"),
            label_order="established: the database's readme lists the columns so, and its example, the image "
            "disgust/1.jpg with degrees 0.133333, 0.7, 0, 0.0666667, 0.1, 0, 0, is the first row of the file",
            feature_set="public",
            feature_note="168 features of unstated origin; benchmark: ImageNet ResNet-50 features, PCA to 128",
            sampling=Sampling(a=0.8, b=1, suppressed=3, promoted=0),
            citation="K.-C. Peng, T. Chen, A. Sadovnik and A. Gallagher. A mixed bag of emotions: model, predict, and "
            "transfer emotion distributions. CVPR 2015.",
        ),
        Record(
            name="Flickr_LDL",
            features=matlab_file("Flickr.mat", "e819c9017060824f5eb480fa4d74f48f61b0ef6c"),
            labels=SourceFile(
                "labels/Flickr_ldl.npy",
                (_LABELS("Flickr_ldl"), _SISTER("65fab262e080205530544b6da9c8b88e316a2254", "Flickr_ldl")),
                "8cb8bdee7072f9cf7cc17145152b93ec277bd5bc",
                aliases=("Flickr_ldl/label.npy",),
            ),
            n=11150,
            q=None,
            c=8,
            label_names=("amusement", "awe", "contentment", "excitement", "anger", "disgust", "fear", "sadness"),
            label_order="presumed: the header of the database's ground_truth.txt, as its readers quote it; the file "
            "used here names no columns, but contentment as the most and anger as the least frequent label fit",
            feature_set="public",
            feature_note="features of unstated origin; benchmark: ImageNet ResNet-50 features, PCA to 128",
            sampling=Sampling(a=0.8, b=1, suppressed=2, promoted=4),
            citation="J. Yang, M. Sun and X. Sun. Learning visual sentiment distributions via augmented conditional "
            "probability neural network. AAAI 2017.",
        ),
        Record(
            name="RAF-ML",
            features=matlab_file("RAF_ML.mat", "b028ebb7281d834e17b7a41579610fb649b1703b"),
            labels=SourceFile(
                "labels/RAF_ML.npy",
                (_LABELS("RAF_ML"),),
                "c3f8f6e0e19d40dcf3594ff737482ba88f8bffff",
                aliases=("RAF_ML/label.npy",),
            ),
            n=4908,
            q=None,
            c=6,
            label_names=tuple(f"expression {k}" for k in range(1, 7)),
            label_order="not established: the six basic expressions (surprise, fear, disgust, happiness, sadness, "
            "anger, as the sister database RAF-DB numbers them), but no source gives this file's order",
            feature_set="public",
            feature_note="features of unstated origin; benchmark: DBM-CNN features, PCA to 128",
            sampling=Sampling(a=5, b=3.5, suppressed=2, promoted=1),
            citation="S. Li and W. Deng. Blended emotion in-the-wild: multi-label facial expression recognition using "
            "crowdsourced annotations and deep locality feature learning. IJCV 127(6-7):884-906, 2019.",
        ),
        Record(
            name="Natural_Scene",
            features=SourceFile(
                "Natural_Scene_float32.mat",
                (
                    _COPIES("Yunan-Lu/AGLDL/a628df37b3bac0ab06695cdca85900e12a380d93"),
                    _COPIES("yunan-ML/LDL-LRR/21d70d9afd5e064f2fa38dd8e0e27834242466e6/datasets"),
                    _COPIES("Yunan-Lu/GLERB/53d27ba16807e2c3f2caba7f3bd7b79e66a141bc/datasets"),
                ),
                "1f6b4fb0a1a360450b7a3a4efdb476cf0482f307",
                aliases=("ns.mat",),
            ),
            labels=SourceFile(
                "labels/Natural_Scene.npy",
                (
                    _LABELS("Natural_Scene"),
                    _LABELS("Scene"),
                    _SISTER("aa3efff886d5226e03ebbe6620117b0881006302", "Natural_Scene"),
                ),
                "ec446aa4267f1384c41b871717eb411dc15ded65",
                aliases=("Natural_Scene/label.npy",),
            ),
            n=2000,
            q=294,
            c=9,
            label_names=("plant", "sky", "cloud", "snow", "building", "desert", "mountain", "water", "sun"),
            label_order="established: the raters' file pic_scene.mat (DreamWalker1412/LDL_Package, commit 15ccc92) has "
            "a readme that numbers the labels so; how many images it calls relevant for each, and its 189 patterns of "
            "relevance, are those of this matrix",
            feature_set="benchmark",
            feature_note="the benchmark's own (classical scene features), rounded to single precision; about 98 % "
            "sure, as its label rows are the label file's within 3e-8, in order, the same authors' copies of s-JAFFE, "
            "SBU-3DFE and Movie are the originals rounded, and the benchmark's published baselines come out on it",
            sampling=Sampling(a=5, b=2, suppressed=0, promoted=4),
            citation="X. Geng. Label distribution learning. IEEE TKDE 28(7):1734-1748, 2016.",
            labels_field="label_distribution",
            rounded=True,
        ),
    )
}


def list_datasets(*, extra: bool = False) -> list[str]:
    """Return names that `load_dataset` knows: the six data sets of the benchmark and the artificial one.

    Parameters
    ----------
    extra : bool
        Also the further data sets, that the benchmark does not have.

    Returns
    -------
    list of str

    Examples
    --------
    >>> list_datasets()
    ['Movie', 'SCUT-FBP', 'Emotion6', 'Flickr_LDL', 'RAF-ML', 'Natural_Scene', 'Artificial']
    """
    return [*RECORDS, *(EXTRA_RECORDS if extra else ()), ARTIFICIAL]


def get_record(name: str) -> Record:
    """Return the record of a data set that comes from a file.

    Parameters
    ----------
    name : str
        A data set of the benchmark or a further one.

    Returns
    -------
    Record

    Raises
    ------
    InputError
        Unknown name (the nearest match is suggested), or the artificial set.
    """
    if name == ARTIFICIAL:
        raise InputError(f"{ARTIFICIAL} has no file: load_dataset({ARTIFICIAL!r}) generates it.")
    records = RECORDS | EXTRA_RECORDS
    return records[check_option(name, records, "data set")]
