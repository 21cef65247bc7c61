"""Bytes that were damaged, in every kind of file that is read: a sentence that names it, or the same numbers."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

from tests.campaign.fire import COMPANION, DAMAGES, ROOT, SMALL, Place, hold
from tests.toy_checkout import build, copy_of, make_checkout, pretend_executed, ship_reference

COMPARE = ("compare", "results", "-o", "page.html")
JUDGE = ("compare", "predictions.npz", "--splits", "splits.npz", "-o", "page.html")
GUESS = ("-m", "Uniform", "-m", "Train-mean", "--n-splits", "3", "--results-dir", "others")
KINDS = {
    "a record, run": ("results/*/*/*.json", SMALL),
    "a record, compare": ("results/*/*/*.json", COMPARE),
    "a record, verify": ("results/*/*/*.json", ("verify", "results", "--sample", "3")),
    "the memory of methods": ("results/.methods", SMALL),
    "predictions.npz": ("predictions.npz", JUDGE),
    "splits.npz of predictions": ("splits.npz", JUDGE),
    "splits.npz of a run": ("splits.npz", (*SMALL[:-2], "--splits", "splits.npz", "--results-dir", "others")),
    "tidy.csv": ("tidy.csv", ("compare", "tidy.csv", "-o", "page.html")),
    "own.csv": ("own.csv", ("run", "-d", "own.csv,labels=l_,sampling=none", *GUESS)),
    "own.npz": ("own.npz", ("run", "-d", "own.npz,sampling=none", *GUESS)),
    "own.mat": ("own.mat", ("run", "-d", "own.mat,sampling=none", *GUESS)),
    "own.npy": ("own.npy", ("run", "-d", "own.npy,labels=labels.npy,sampling=none", *GUESS)),
    "own.parquet": ("own.parquet", ("run", "-d", "own.parquet,labels=l_,sampling=none", *GUESS)),
}
"""Kind of file -> the file, and a command that reads it."""
PLAIN = ("tidy.csv", "own.csv", "own.mat", "own.npy", "own.parquet")
"""Files without a checksum of their own: where they can still be read, other numbers are what they say now."""


@pytest.fixture(scope="session")
def sound(tmp_path_factory):
    """A place with a file of every kind."""
    place = Place(tmp_path_factory.mktemp("sound"))
    assert place.run(*SMALL, "--csv", "tidy.csv").code == 0
    assert place.run("splits", "-d", "Artificial", "--n-splits", "3", "-o", "splits.npz").code == 0
    splits = np.load(place.folder / "splits.npz")
    made = {f"fold_{k}": np.full((len(splits[f"test_{k}"]), splits["D"].shape[1]), 0.2) for k in range(3)}
    np.savez(place.folder / "predictions.npz", hash=splits["hash"], method="guess", **made)
    random = np.random.default_rng(0)
    X, D = random.random((90, 3)), random.dirichlet(np.ones(4), 90)
    frame = pd.DataFrame(np.c_[X, D], columns=["a", "b", "c", *(f"l_{k}" for k in range(4))])
    frame.to_csv(place.folder / "own.csv", index=False)
    frame.to_parquet(place.folder / "own.parquet")
    np.savez_compressed(place.folder / "own.npz", features=X, labels=D)
    savemat(place.folder / "own.mat", {"features": X, "labels": D})
    np.save(place.folder / "own.npy", X)
    np.save(place.folder / "labels.npy", D)
    return place


@pytest.fixture(scope="session")
def said_of_sound(sound):
    """What a command says where nothing is damaged, and the records that are there then."""
    known = {}

    def say(words):
        if words not in known:
            ended = sound.run(*words)
            assert ended.code == 0, ended.err
            known[words] = ended.out
        return known[words], sound.records()

    return say


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_damaged(kind, damage, place, sound, said_of_sound):
    pattern, words = KINDS[kind]
    out, records = said_of_sound(words)
    shutil.copytree(sound.folder, place.folder, dirs_exist_ok=True)
    random = Random(f"{kind} {damage}")
    path = random.choice(sorted(place.folder.glob(pattern)))
    DAMAGES[damage](path, random)
    ended = place.run(*words)
    # what is read as text says which rows or cells are wrong or missing, of data by their name
    faults = [*ended.faults(*([] if kind == "tidy.csv" else [path.stem]))]
    if not ended.code and words[0] == "run" and "nan" in ended.out:
        faults.append("a number is NaN")
    if not ended.code and path.name not in PLAIN:
        if words is COMPARE or words[0] == "verify":
            if path.name not in ended.err:
                faults.append(f"{path.name} is left out without a word")
        elif ended.out != out:
            faults.append(f"other numbers: {ended.out}")
        if words is SMALL and place.records().keys() < records.keys():
            faults.append("not all records are there")
    hold(*faults)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_data_file(damage, place, real_dataset):
    name, file = "Yeast-spoem", "Yeast_spoem.mat"
    real_dataset(name)
    from ildl.data import fetch

    shutil.copy(fetch(name, download=False), place.folder / file)
    (place.folder / file).chmod(0o644)
    DAMAGES[damage](place.folder / file, Random(damage))
    place.env |= {"ILDL_DATA_HOME": str(place.folder), "XDG_CACHE_HOME": str(place.folder / "cache")}
    ended = place.run("run", "-d", name, *GUESS, limit=60)
    hold(*ended.faults(file), *([] if ended.code else ["it was used"]))


TRAIN = ("run", "-d", "Artificial", "-m", "DILDL", "--param", "DILDL.epochs=5", "--n-splits", "2")
COMPILED = ("*.nbi", "*.nbc")


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("pattern", COMPILED, ids=["index", "code"])
def test_damaged_machine_code(pattern, damage, place, undisturbed):
    whole = undisturbed(*TRAIN)
    compiled = sorted((ROOT / "ildl/training/__pycache__").glob("*.nb?"))
    if not compiled:
        pytest.skip("machine code is not kept beside the library")
    place.env["NUMBA_CACHE_DIR"] = str(place.folder / "numba")
    made = undisturbed_code(place)
    random = Random(f"{pattern} {damage}")
    path = random.choice(sorted(made.rglob(pattern)))
    DAMAGES[damage](path, random)
    ended = place.run(*TRAIN)
    faults = [*ended.faults(path.name)]
    if not ended.code and place.records() != whole.records():
        faults.append("the numbers are not those of an undisturbed run")
    hold(*faults)


def undisturbed_code(place):
    """Machine code where this place keeps it: a first look makes the folder, and the library's is copied there."""
    code = "from ildl.training import kernels; print(kernels.train.stats.cache_path)"
    folder = Path(place.run(command=(sys.executable, "-c", code)).out.strip())
    folder.mkdir(parents=True, exist_ok=True)
    for file in (ROOT / "ildl/training/__pycache__").glob("*.nb?"):
        shutil.copy(file, folder)
    return folder


LOADERS = """
import sys
from companion.base import published, reference
from companion.base.paper import load_experiment
for source in published.SOURCES:
    published.load_published(source)
published.load_ablations(), published.load_ablations("amema_appendix"), published.load_average_ranks()
from companion.claims import claims
import companion.audit.printed, companion.base.statements
claims.load_claims()
for experiment in reference.read_manifest():
    reference.read_reference(experiment)
"""
"""All that pages read of the checkout's data; what it raises is the last line of a traceback, as in a notebook."""
SHIPPED = sorted(
    path.relative_to(ROOT) for name in ("published", "reference") for path in (ROOT / "data" / name).glob("*.*")
)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", ["csv", "yml", "xz", "json"])
def test_damaged_shipped_file(kind, damage, place):
    random = Random(f"{kind} {damage}")
    path = place.folder / random.choice([path for path in SHIPPED if path.suffix == f".{kind}"])
    shutil.copytree(ROOT / "data", place.folder / "data")
    shutil.copytree(ROOT / "book", place.folder / "book", ignore=shutil.ignore_patterns("notebooks"))
    place.env["PYTHONPATH"] = os.pathsep.join(map(str, (place.folder / "book", ROOT)))
    DAMAGES[damage](path, random)
    ended = place.run(command=(sys.executable, "-c", LOADERS))
    last = re.findall(r"^[\w.]+(?:Error|Exception|Warning)\b.*", ended.err, re.MULTILINE)[-1:] or [""]
    faults = []
    if ended.code and not re.match(r"(ildl\.checks\.InputError|ValueError|FileNotFoundError):", last[0]):
        faults.append(f"{path.name}: no sentence but {last[0][:300]}")
    if ended.code and path.name not in ended.err.rpartition("Error: ")[2]:
        faults.append(f"it does not name {path.name}: {last[0][:300]}")
    if not ended.code and path.suffix in (".xz", ".json"):
        faults.append(f"{path.name} is read as if it were sound")
    hold(*faults)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_reference_of_verify(damage, place):
    for name in ("data", "book"):
        shutil.copytree(ROOT / name, place.folder / name, ignore=shutil.ignore_patterns("notebooks"))
    place.env["PYTHONPATH"] = os.pathsep.join(map(str, (place.folder / "book", ROOT)))
    random = Random(damage)
    path = random.choice([place.folder / path for path in SHIPPED if path.suffix in (".xz", ".json")])
    DAMAGES[damage](path, random)
    ended = place.run("verify", "--sample", "1", command=COMPANION)
    hold(*ended.faults(path.name), *([] if ended.code else ["it was used"]))


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("what", ["executed copy", "manifest"])
def test_damaged_file_of_the_build(what, damage, tmp_path):
    root = make_checkout(tmp_path)
    (root / "book/shows.md").write_text("# Elsewhere\n")
    if what == "manifest":
        ship_reference(root)
        path = root / "data/reference/manifest.json"
    else:
        pretend_executed(root)
        path = copy_of(root)
    DAMAGES[damage](path, Random(damage))
    try:
        said = build(root)
    except Exception as error:  # whatever ends the build
        said = f"{type(error).__name__}: {error}"
    if (what, damage) == ("manifest", "a link to itself"):
        return  # as if there were none
    if damage == "one byte turned over" and path.name not in said:
        return  # within a text, which nobody can tell
    hold(*([] if path.name in said and "Traceback" not in said else [f"{path.name} is not named: {said[-500:]}"]))
