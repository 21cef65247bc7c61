"""The archive of a release: sources, book, splits of the shipped run, checksums, all described by an RO-Crate."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate

from companion.base.reference import read_manifest, read_reference
from companion.base.strict_yaml import load_yaml
from companion.base.verify_reference import split_by
from companion.build.pdf import ARTICLE, SCRIPT
from ildl.checks import InputError
from ildl.data import DataUnavailable
from ildl.experiments import read_splits
from ildl.experiments.predictions import rows_of
from ildl.experiments.runner import identify
from ildl.splits import splits_hash

SUMS = "SHA256SUMS"
REFERENCE = "source/data/reference/"
PARTS = {
    "source/": "The sources. `source/book/use/promises.md` says how to check this archive and to build the book of it.",
    REFERENCE: "The results of the reference run: a file an experiment, and a manifest that says how each was made.",
    "source/requirements.lock": "The exact versions of all packages that the book was built with.",
    "book/": "The built book; it reads without the network. Begin with `book/index.html`.",
    "splits/": "Which rows of each data set trained, validated and tested, by their hash in the results; no data. "
    "`numpy.load` reads them, and so does `ildl run --splits`.",
    SUMS: "The SHA-256 of every other file; `sha256sum --check SHA256SUMS` compares them.",
}
"""What a release has, and what its crate says of it; a folder ends with a stroke."""
SAID_OF_ALL = ("name", "description", "license", "datePublished", "author", "version")
IDS = re.compile(r'\sid="([^"]*)"')
TAG = re.compile(r"<[^>]*>")
MADE = re.compile(
    r"executed \S+ commit \S+( with edits)?|trained \d{4}-\d\d-\d\d|time of training \S+ s|The main pages as one PDF"
)
"""What two builds of the same sources may say differently: when it was, how long, and whether a browser printed."""


def make_release(output: Path, root: Path) -> list[str]:
    """Write the archive of a checkout's commit, its book built anew; return what is to be said of it."""
    if output.suffix != ".zip":
        raise InputError(f"{output}: a release is a .zip file; call it {output.with_suffix('.zip').name}.")
    if changed := _git(root, "status", "--porcelain"):
        raise InputError(f"A release is made of a commit, but these files are not committed:\n{changed}")
    with TemporaryDirectory() as scratch:
        clone, folder = Path(scratch, "clone"), Path(scratch, "release")
        _git(root, "clone", "--quiet", str(root), str(clone))
        shutil.copytree(clone, folder / "source", ignore=shutil.ignore_patterns(".git"))
        lacking = _write_splits(folder)
        build_book(clone, folder / "book")
        citation = load_yaml(root / "CITATION.cff")
        _describe(folder, citation, _git(root, "log", "-1", "--format=%H %cI"), lacking)
        sums = [f"{_sha256(path)}  {name}\n" for name, path in _files(folder).items()]
        (folder / SUMS).write_text("".join(sums), encoding="utf-8")
        output.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(shutil.make_archive(str(folder), "zip", folder), output)
    notes = [f"Left out, for want of data: splits of {', '.join(lacking)}."] if lacking else []
    notes += [] if "doi" in citation else ["It has no DOI: CITATION.cff names none (`doi: 10...`)."]
    return [*notes, f"written to {output}"]


def check_release(path: Path, rebuild: bool) -> Iterator[str]:
    """Say what of an archive, packed or not, is as it should be; what is not is an error that names all of it."""
    with TemporaryDirectory() as scratch:
        folder = path
        if not path.is_dir():
            folder = Path(scratch, "release")
            try:
                shutil.unpack_archive(path, folder, "zip")
            except (BadZipFile, shutil.ReadError) as error:
                raise InputError(f"{path} is neither a .zip file nor a folder: {error}") from error
        yield _all_or_error("files, none missing, changed or extra", *_check_sums(folder))
        yield _all_or_error("parts described by the RO-Crate", *_check_crate(folder))
        yield _all_or_error("splits are those of the results", *_check_splits(folder))
        if rebuild:
            again = Path(scratch, "book")
            build_book(Path(shutil.copytree(folder / "source", Path(scratch, "source"))), again)
            yield _all_or_error("pages built again, with the same anchors", *differences(folder / "book", again))
            one, other = words(folder / "book"), words(again)
            if other_words := [page for page in one if one[page] != other[page]]:
                yield f"Note: other words or numbers than in the archive: {', '.join(other_words)}"


def build_book(source: Path, html: Path) -> None:
    """Build the book of a checkout by Sphinx alone (`book/conf.py`), with the checkout's own code."""
    path = os.pathsep.join(filter(None, (str(source), str(source / "book"), os.environ.get("PYTHONPATH"))))
    with TemporaryDirectory() as scratch:  # extensions write beside the pages, too
        command = [sys.executable, "-m", "sphinx", "-q", "-W", "-n", "--keep-going", "-d", f"{scratch}/doctrees"]
        environment = os.environ | {"PYTHONPATH": path}
        built = subprocess.run(
            [*command, str(source / "book"), f"{scratch}/html"],
            env=environment,
            cwd=source,
            capture_output=True,
            text=True,
            check=False,
        )
        if built.returncode:
            raise InputError(f"The book of {source} cannot be built:\n{built.stderr[-3000:]}")
        shutil.move(f"{scratch}/html", html)


def differences(one: Path, other: Path) -> tuple[int, list[str]]:
    """Number of pages of a built book, and in which of them, or of their anchors, another build differs."""
    before, after = anchors(one), anchors(other)
    found = [f"{page} is in one of them only" for page in sorted(before.keys() ^ after.keys())]
    for page in before.keys() & after.keys():
        found += [f"{page}#{anchor} is in one of them only" for anchor in sorted(before[page] ^ after[page])]
    return len(before), found


def anchors(html: Path) -> dict[str, set[str]]:
    """Page -> its anchors."""
    return {page: set(IDS.findall(text)) for page, text in _pages(html)}


def words(html: Path) -> dict[str, str]:
    """Page -> what it says, but for when it was made."""
    articles = {page: "".join(ARTICLE.findall(text)) for page, text in _pages(html)}
    spoken = {page: " ".join(TAG.sub(" ", SCRIPT.sub("", text)).split()) for page, text in articles.items()}
    return {page: MADE.sub("", text) for page, text in spoken.items()}


def _pages(html: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(html.rglob("*.html")):
        yield path.relative_to(html).as_posix(), path.read_text(encoding="utf-8")


def _shipped_splits(reference: Path) -> pd.DataFrame:
    """One row for each partition that the reference run trained on."""
    frames = [read_reference(name, reference).drop_duplicates("key") for name in read_manifest(reference)]
    return pd.concat(frames, ignore_index=True).drop_duplicates("splits")


def _write_splits(folder: Path) -> list[str]:
    """Write the rows of every partition of the reference run; return the data sets that are not at hand."""
    lacking: dict[str, None] = {}
    (folder / "splits").mkdir()
    for _, row in _shipped_splits(folder / REFERENCE).iterrows():
        try:
            source, protocol = split_by(row)
            rows = rows_of(identify(source), protocol)
        except DataUnavailable:
            lacking[row["dataset"]] = None
            continue
        if rows["hash"] != row["splits"]:
            raise InputError(f"{row['dataset']} is split otherwise than in the reference run, {protocol}: renew it.")
        np.savez_compressed(folder / "splits" / f"{row['dataset']}-{row['splits']}.npz", **rows)
    return list(lacking)


def _describe(folder: Path, citation: Mapping[str, Any], commit: str, lacking: list[str]) -> None:
    """Write the crate, for programs and for people."""
    crate = ROCrate(gen_preview=True)
    head, date = commit.split()
    licence = {"@type": "CreativeWork", "name": citation["license"]}
    about: dict[str, Any] = {
        "name": citation["title"],
        "description": "The executable companion of a paper, as released: sources, book, results and splits.",
        "version": citation["version"],
        "datePublished": date,
        "license": crate.add(ContextEntity(crate, f"https://spdx.org/licenses/{citation['license']}", licence)),
        "author": [_agent(crate, author) for author in citation["authors"]],
        "citation": [_work(crate, work) for work in citation["references"]],
    }
    if "doi" in citation:
        about["identifier"] = f"https://doi.org/{citation['doi']}"
    for key, value in about.items():
        crate.root_dataset[key] = value
    for name, text in PARTS.items():
        said = {"name": name.rstrip("/"), "description": text}
        if name == "source/":
            said["version"] = head
        if name == "splits/" and lacking:
            said["description"] += f" Left out, for want of data: {', '.join(lacking)}."
        (crate.add_dataset if name.endswith("/") else crate.add_file)(dest_path=name, properties=said)
    crate.metadata.write(folder)
    crate.preview.write(folder)


def _agent(crate: ROCrate, author: Mapping[str, str]) -> ContextEntity:
    name = author.get("name") or f"{author['given-names']} {author['family-names']}"
    kind = "Organization" if "name" in author else "Person"
    return crate.add(ContextEntity(crate, author.get("orcid", f"#{quote(name)}"), {"@type": kind, "name": name}))


def _work(crate: ROCrate, work: Mapping[str, Any]) -> ContextEntity:
    about = {"@type": "ScholarlyArticle", "name": work["title"], "datePublished": str(work["year"])}
    entity = crate.add(ContextEntity(crate, f"#{quote(work['title'])}", about))
    entity["author"] = [_agent(crate, author) for author in work["authors"]]
    entity["isPartOf"] = crate.add(
        ContextEntity(crate, f"#{quote(work['collection-title'])}", {"@type": "Book", "name": work["collection-title"]})
    )
    return entity


def _check_sums(folder: Path) -> tuple[int, list[str]]:
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
        noted = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    except (OSError, ValueError) as error:
        raise InputError(f"{folder} is no release: {SUMS} cannot be read ({error}).") from error
    here = {name: path for name, path in _files(folder).items() if name != SUMS}
    wrong = [f"{name} is missing" for name in noted.keys() - here.keys()]
    wrong += [f"{name} is extra" for name in here.keys() - noted.keys()]
    wrong += [f"{name} is changed" for name in noted.keys() & here.keys() if _sha256(here[name]) != noted[name]]
    return len(noted), wrong


def _check_crate(folder: Path) -> tuple[int, list[str]]:
    try:
        crate = ROCrate(folder)
    except (ValueError, KeyError, AssertionError) as error:
        return 0, [f"the RO-Crate cannot be read: {error}"]
    described = {entity.id for entity in crate.data_entities}
    wrong = [f"the RO-Crate does not describe {name}" for name in PARTS.keys() - described]
    wrong += [
        f"the RO-Crate describes {name}, which is not there" for name in described if not (folder / name).exists()
    ]
    wrong += [f"the RO-Crate has no {name}" for name in SAID_OF_ALL if not crate.root_dataset.get(name)]
    own = (crate.metadata.id, crate.preview.id if crate.preview else "")
    wrong += [
        f"the RO-Crate does not describe {name}"
        for name in _files(folder)
        if name not in own and not name.startswith(tuple(described))
    ]
    return len(described), wrong


def _check_splits(folder: Path) -> tuple[int, list[str]]:
    """Splits belong to the results: their hash is made of the rows and of the checksum of the data."""
    known = set(_shipped_splits(folder / REFERENCE)["splits"])
    wrong, found = [], sorted((folder / "splits").glob("*.npz"))
    for path in found:
        with np.load(path) as file:
            about: Any = type("Source", (), {"sha256": str(file["dataset_sha"])})
        if splits_hash(about, read_splits(path)) not in known & {path.stem.rpartition("-")[2]}:
            wrong.append(f"splits/{path.name} are not those of the reference run")
    return len(found), wrong


def _all_or_error(what: str, number: int, wrong: list[str]) -> str:
    if wrong:
        more = f"\n  and {len(wrong) - 20} more" if len(wrong) > 20 else ""
        raise InputError("The archive is not as it should be:\n  " + "\n  ".join(sorted(wrong)[:20]) + more)
    return f"{number} {what}"


def _files(folder: Path) -> dict[str, Path]:
    """Files by name; what Python wrote beside the sources while it ran them does not count."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path for path in files}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"git {words[0]}: {done.stderr.strip()}")
    return done.stdout.strip()
