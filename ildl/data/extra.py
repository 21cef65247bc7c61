"""Further label-distribution data sets of the same public source, for comparisons beyond the benchmark's six.

The names of the files and their shapes are those that the notebook ``dataset_splits/create_datasets.ipynb`` of
DuncanCSt/PyLDL, a fork of the source, printed for the source's folder; no one of this project has seen the files. The
loader refuses a file that contradicts them. The blob ids are not recorded: `ildl.data.fetch` learns them from the list
of the pinned commit. Files of that folder that may hold other targets than label distributions (jura, wq, atp1d, enb,
jaffe) are left out.
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
_FURTHER = (  # name, file, rows, features, labels, whom to cite
    ("s-JAFFE", "SJAFFE.mat", 213, 243, 6,
     "M. Lyons, S. Akamatsu, M. Kamachi and J. Gyoba. Coding facial expressions with Gabor wavelets. IEEE FG 1998; "
     f"{_GENG}."),
    ("SBU-3DFE", "SBU_3DFE.mat", 2500, 243, 6,
     "L. Yin, X. Wei, Y. Sun, J. Wang and M. J. Rosato. A 3D facial expression database for facial behavior research. "
     f"IEEE FG 2006; {_GENG}."),
    ("Yeast-alpha", "Yeast_alpha.mat", 2465, 24, 18, _YEAST),
    ("Yeast-cdc", "Yeast_cdc.mat", 2465, 24, 15, _YEAST),
    ("Yeast-cold", "Yeast_cold.mat", 2465, 24, 4, _YEAST),
    ("Yeast-diau", "Yeast_diau.mat", 2465, 24, 7, _YEAST),
    ("Yeast-dtt", "Yeast_dtt.mat", 2465, 24, 4, _YEAST),
    ("Yeast-elu", "Yeast_elu.mat", 2465, 24, 14, _YEAST),
    ("Yeast-heat", "Yeast_heat.mat", 2465, 24, 6, _YEAST),
    ("Yeast-spo", "Yeast_spo.mat", 2465, 24, 6, _YEAST),
    ("Yeast-spo5", "Yeast_spo5.mat", 2465, 24, 3, _YEAST),
    ("Yeast-spoem", "Yeast_spoem.mat", 2465, 24, 2, _YEAST),
    ("Human_Gene", "Human_Gene.mat", 17892, 36, 68, f"{_GENG}."),
    ("M2B", "M2B.mat", 1240, 250, 5,
     "T. V. Nguyen, S. Liu, B. Ni, J. Tan, Y. Rui and S. Yan. Sense beauty via face, dressing, and/or voice. ACM "
     "Multimedia 2012."),
    ("fbp5500", "fbp5500.mat", 5500, 512, 5,
     "L. Liang, L. Lin, L. Jin, D. Xie and M. Li. SCUT-FBP5500: a diverse benchmark dataset for multi-paradigm facial "
     "beauty prediction. ICPR 2018."),
    ("Twitter_LDL", "Twitter.mat", 10045, 168, 8,
     "J. Yang, M. Sun and X. Sun. Learning visual sentiment distributions via augmented conditional probability "
     "neural network. AAAI 2017."),
    ("Painting", "Painting.mat", 280, 142, 8,
     "J. Machajdik and A. Hanbury. Affective image classification using features inspired by psychology and art "
     "theory. ACM Multimedia 2010."),
    ("Music", "Music.mat", 360, 128, 9,
     "H. Lee, F. Hoeger, M. Schoenwiesner, M. Park and N. Jacoby. Cross-cultural mood perception in pop songs and its "
     "alignment with mood detection algorithms. ISMIR 2021."),
    ("FG-Net", "FG-Net.mat", 1002, 251, 70,
     "A. Lanitis, C. J. Taylor and T. F. Cootes. Toward automatic simulation of aging effects on face images. IEEE "
     f"TPAMI 24(4):442-455, 2002; {_AGES}."),
    ("MORPH", "MOR-PH.mat", 55132, 200, 62,
     "K. Ricanek and T. Tesafaye. MORPH: a longitudinal image database of normal adult age-progression. IEEE FG 2006; "
     f"{_AGES}."),
)  # fmt: skip

EXTRA_RECORDS: dict[str, Record] = {
    name: Record(
        name=name,
        features=matlab_file(file),
        labels=None,
        n=n,
        q=q,
        c=c,
        label_names=tuple(f"label {k}" for k in range(1, c + 1)),
        label_order="not established: the file names no columns",
        feature_set="public",
        feature_note="not among the benchmark's data sets; the public source's features",
        sampling=None,
        citation=citation,
    )
    for name, file, n, q, c, citation in _FURTHER
}
