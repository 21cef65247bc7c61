"""Further label-distribution data sets of the same public source, for comparisons beyond the benchmark's six.

Twelve of them were loaded and checked: s-JAFFE, SBU-3DFE, M2B, and the Yeast sets but Yeast-spo5. Of the others, names
and shapes are those that the notebook ``dataset_splits/create_datasets.ipynb`` of DuncanCSt/PyLDL, a fork of the
source, printed for the source's folder; the loader refuses a file that contradicts them. Files of that folder that hold
``raw_data`` and no label distributions (jura, wq, atp1d, enb, scm1d, jaffe) are left out.
"""

from __future__ import annotations

from ildl.data.record import Record, matlab_file

_GENG = "X. Geng. Label distribution learning. IEEE TKDE 28(7):1734-1748, 2016"
_AGES = (
    "X. Geng, C. Yin and Z.-H. Zhou. Facial age estimation by learning from label distributions. IEEE TPAMI "
    "35(10):2401-2412, 2013"
)
_YEAST = (
    "M. B. Eisen, P. T. Spellman, P. O. Brown and D. Botstein. Cluster analysis and display of genome-wide expression "
    f"patterns. PNAS 95(25):14863-14868, 1998; {_GENG}."
)
_FURTHER = (  # name, file, its blob id, rows, features, labels, whom to cite
    ("s-JAFFE", "SJAFFE.mat", "4302e428f106fd4f9874fed13aae90f85fc18e5b", 213, 243, 6,
     "M. Lyons, S. Akamatsu, M. Kamachi and J. Gyoba. Coding facial expressions with Gabor wavelets. IEEE FG 1998; "
     f"{_GENG}."),
    ("SBU-3DFE", "SBU_3DFE.mat", "9412a877504db10a3cab05e07f4e7d7e91170daf", 2500, 243, 6,
     "L. Yin, X. Wei, Y. Sun, J. Wang and M. J. Rosato. A 3D facial expression database for facial behavior research. "
     f"IEEE FG 2006; {_GENG}."),
    ("Yeast-alpha", "Yeast_alpha.mat", "f82bd510f040d69dd2e4b0870dd2c2f8332e3fce", 2465, 24, 18, _YEAST),
    ("Yeast-cdc", "Yeast_cdc.mat", "10bca9d943d3d23c7b7f39ae4a6594ca5f8ee3c0", 2465, 24, 15, _YEAST),
    ("Yeast-cold", "Yeast_cold.mat", "c850ffd6af11207604654ac7327c8a8421c83942", 2465, 24, 4, _YEAST),
    ("Yeast-diau", "Yeast_diau.mat", "c9ee773e9f61ac19a157a792664096384305f3cc", 2465, 24, 7, _YEAST),
    ("Yeast-dtt", "Yeast_dtt.mat", "cb768143850e69b42f3f37c28f098944b803ac72", 2465, 24, 4, _YEAST),
    ("Yeast-elu", "Yeast_elu.mat", "1639ce7aa3d770cc8ded04727c8f709f85fe42d2", 2465, 24, 14, _YEAST),
    ("Yeast-heat", "Yeast_heat.mat", "bbe4b108c8f70de3f7630da777f145d187cddf07", 2465, 24, 6, _YEAST),
    ("Yeast-spo", "Yeast_spo.mat", "4c9372f61922cfa5204d264ee29485bf5451354f", 2465, 24, 6, _YEAST),
    ("Yeast-spo5", "Yeast_spo5.mat", "4342a7b67ed494339553e1612f1840f365969ae1", 2465, 24, 3, _YEAST),
    ("Yeast-spoem", "Yeast_spoem.mat", "0c1469aa093558fdbb736fb6c7ef5664d8bb3981", 2465, 24, 2, _YEAST),
    ("Human_Gene", "Human_Gene.mat", "6b280e60ec8c4a18e52f62064daa43ddb65d06ae", 17892, 36, 68, f"{_GENG}."),
    ("M2B", "M2B.mat", "4922d4e14bf382a061dab592a919d7d8e8bac337", 1240, 250, 5,
     "T. V. Nguyen, S. Liu, B. Ni, J. Tan, Y. Rui and S. Yan. Sense beauty via face, dressing, and/or voice. ACM "
     "Multimedia 2012."),
    ("fbp5500", "fbp5500.mat", "cca204a1a982707913212800e4f7d24f56d65b8a", 5500, 512, 5,
     "L. Liang, L. Lin, L. Jin, D. Xie and M. Li. SCUT-FBP5500: a diverse benchmark dataset for multi-paradigm facial "
     "beauty prediction. ICPR 2018."),
    ("Twitter_LDL", "Twitter.mat", "0946f6aedb414d9c59e9c1528c6a93a6630ce568", 10045, 168, 8,
     "J. Yang, M. Sun and X. Sun. Learning visual sentiment distributions via augmented conditional probability "
     "neural network. AAAI 2017."),
    ("Painting", "Painting.mat", "7e89833b2ed0510cf9002d516950d1c2ae8bd485", 280, 142, 8,
     "J. Machajdik and A. Hanbury. Affective image classification using features inspired by psychology and art "
     "theory. ACM Multimedia 2010."),
    ("Music", "Music.mat", "fc0e905016e2bcb1adddde8ea27c7f8f86febd4e", 360, 128, 9,
     "H. Lee, F. Hoeger, M. Schoenwiesner, M. Park and N. Jacoby. Cross-cultural mood perception in pop songs and its "
     "alignment with mood detection algorithms. ISMIR 2021."),
    ("FG-Net", "FG-Net.mat", "b286deb962f5d2c9408e3f9bff06135d18693629", 1002, 251, 70,
     "A. Lanitis, C. J. Taylor and T. F. Cootes. Toward automatic simulation of aging effects on face images. IEEE "
     f"TPAMI 24(4):442-455, 2002; {_AGES}."),
    ("MORPH", "MOR-PH.mat", "159c5f4ae0128f972b135acb84daf1bd4b6a5e23", 55132, 200, 62,
     "K. Ricanek and T. Tesafaye. MORPH: a longitudinal image database of normal adult age-progression. IEEE FG 2006; "
     f"{_AGES}."),
)  # fmt: skip

_NOTES = {"FG-Net": "; the rows of its labels sum to 0.57 up to 1, and are divided by their sums"}

EXTRA_RECORDS: dict[str, Record] = {
    name: Record(
        name=name,
        features=matlab_file(file, blob),
        labels=None,
        n=n,
        q=q,
        c=c,
        label_names=tuple(f"label {k}" for k in range(1, c + 1)),
        label_order="not established: the file names no columns",
        feature_set="public",
        feature_note="of unstated origin, as the public source has them; not among the benchmark's data sets"
        + _NOTES.get(name, ""),
        sampling=None,
        citation=citation,
    )
    for name, file, blob, n, q, c, citation in _FURTHER
}
