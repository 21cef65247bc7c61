"""The archive of a release: whole, it checks out; every fault is named. Its book is a toy."""

import json
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from rocrate.rocrate import ROCrate

from companion.base.reference import write_reference
from companion.build import release
from companion.build.release import SUMS, check_release, differences, make_release, words
from ildl.checks import InputError
from ildl.experiments import read_splits, run
from tests.toy_checkout import make_checkout

START = datetime.now(UTC)  # before any cell is trained
ROOT = Path(__file__).parents[2]
PAGE = """<article class="bd-article"><h1 id="{}">Title</h1>
executed 2025-02-03, commit <code>abc</code>. It took a <i>time of training</i> 3 s.</article>"""


def git(folder, *arguments):
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def toy_book(source, html, anchor="title"):
    assert (source / "_config.yml").is_file()
    (html / "use").mkdir(parents=True)
    for page in ("index", "use/install"):
        (html / f"{page}.html").write_text(PAGE.format(anchor))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A checkout with results on the artificial data set, and its archive."""
    folder = tmp_path_factory.mktemp("release")
    (folder / "checkout").mkdir()
    root = make_checkout(folder / "checkout")
    shutil.copy(ROOT / "CITATION.cff", root)
    frame = run(["Artificial"], ["Uniform"], folds=[0], seeds=[0], results_dir=folder / "results", n_jobs=1)
    frame.attrs |= {"profile": "paper", "experiment": "toy", "commit": "abc"}
    write_reference(frame, START, root / "data" / "reference")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release, "build_book", toy_book)
        notes = make_release(folder / "release.zip", root)
    return root, folder / "release.zip", notes, frame


@pytest.fixture
def unpacked(made, tmp_path):
    shutil.unpack_archive(made[1], tmp_path / "unpacked")
    return tmp_path / "unpacked"


def sum_again(folder):
    """Make checksums right again, so that what else is wrong must be found by itself."""
    files = {name: path for name, path in release._files(folder).items() if name != SUMS}
    (folder / SUMS).write_text("".join(f"{release._sha256(path)}  {name}\n" for name, path in files.items()))


def test_what_was_made_checks_out_packed_and_unpacked(made, unpacked, monkeypatch):
    monkeypatch.setattr(release, "build_book", toy_book)
    said = list(check_release(made[1], rebuild=True))
    assert said == list(check_release(unpacked, rebuild=True))
    assert said[2:] == ["1 splits are those of the results", "2 pages built again, with the same anchors"]


def test_standard_tools_agree_with_the_checksums(unpacked):
    checked = subprocess.run(["sha256sum", "--check", "--strict", SUMS], cwd=unpacked, capture_output=True, text=True)
    assert checked.returncode == 0
    assert len(checked.stdout.splitlines()) == len(release._files(unpacked)) - 1


def test_it_holds_the_commit_and_no_trace_of_how_it_was_made(made, unpacked):
    tracked = subprocess.check_output(["git", "-C", str(made[0]), "ls-files"], text=True).split()
    assert sorted(tracked) == [name[7:] for name in release._files(unpacked) if name.startswith("source/")]


def test_splits_are_those_of_the_run_without_the_data(made, unpacked):
    (path,) = (unpacked / "splits").iterdir()
    assert path.stem == f"Artificial-{made[3]['splits'].iloc[0]}"
    splits = read_splits(path)
    assert len(splits) == 10
    assert len(splits[0].test) == made[3]["n_test"].iloc[0]
    assert len(splits[0].train) == made[3]["n_train"].iloc[0]
    assert not {"X", "D"} & set(np.load(path).files)


def test_the_crate_says_whose_it_is(made, unpacked):
    crate = ROCrate(unpacked)
    root = crate.root_dataset
    assert root["license"].id == "https://spdx.org/licenses/MIT"
    assert [author["name"] for author in root["author"]] == ["The ildl developers"]
    (paper,) = root["citation"]
    assert "Yongbiao Gao" in [author["name"] for author in paper["author"]]
    head = subprocess.check_output(["git", "-C", str(made[0]), "rev-parse", "HEAD"], text=True).strip()
    assert crate.get("source/")["version"] == head
    assert root.get("identifier") is None
    assert any("no DOI" in note for note in made[2])


def test_a_doi_is_its_identifier(unpacked):
    citation = {"title": "T", "version": "1", "license": "MIT", "authors": [], "references": [], "doi": "10.5555/12"}
    release._describe(unpacked, citation, "abc 2025-02-03", [])
    assert ROCrate(unpacked).root_dataset["identifier"] == "https://doi.org/10.5555/12"


FAULTS = {
    "source/data/table.csv is changed": lambda folder: (folder / "source/data/table.csv").write_text("a\n2\n"),
    "book/index.html is missing": lambda folder: (folder / "book/index.html").unlink(),
    "book/more.html is extra": lambda folder: (folder / "book/more.html").touch(),
    "no release: SHA256SUMS cannot be read": lambda folder: (folder / SUMS).unlink(),
}


@pytest.mark.parametrize("message", FAULTS)
def test_a_fault_is_named(unpacked, message):
    FAULTS[message](unpacked)
    with pytest.raises(InputError, match=message):
        list(check_release(unpacked, rebuild=False))


def rewrite_crate(folder, change):
    path = folder / "ro-crate-metadata.json"
    crate = json.loads(path.read_text())
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    change(entities)
    path.write_text(json.dumps(crate | {"@graph": list(entities.values())}))


def forget_the_book(entities):
    del entities["book/"]
    entities["./"]["hasPart"] = [part for part in entities["./"]["hasPart"] if part["@id"] != "book/"]


HIDDEN = {
    "does not describe book/": lambda folder: rewrite_crate(folder, forget_the_book),
    "has no license": lambda folder: rewrite_crate(folder, lambda entities: entities["./"].pop("license")),
    "does not describe more.txt": lambda folder: (folder / "more.txt").touch(),
    "describes splits/, which is not there": lambda folder: shutil.rmtree(folder / "splits"),
    "the RO-Crate cannot be read": lambda folder: (folder / "ro-crate-metadata.json").write_text("{"),
    "not those of the reference run": lambda folder: move_a_row(next((folder / "splits").iterdir())),
}


def move_a_row(path):
    content = dict(np.load(path))
    content["train_0"] = content["train_0"][1:]
    np.savez_compressed(path, **content)


@pytest.mark.parametrize("message", HIDDEN)
def test_a_fault_that_the_checksums_hide_is_named(unpacked, message):
    HIDDEN[message](unpacked)
    sum_again(unpacked)
    with pytest.raises(InputError, match=message):
        list(check_release(unpacked, rebuild=False))


def test_a_book_that_comes_out_otherwise_is_an_error(unpacked, monkeypatch):
    monkeypatch.setattr(release, "build_book", lambda source, html: toy_book(source, html, "another"))
    with pytest.raises(InputError, match="use/install.html#another is in one of them only"):
        list(check_release(unpacked, rebuild=True))


def test_pages_of_two_builds_are_told_apart(tmp_path):
    (tmp_path / "_config.yml").touch()
    for name in ("one", "other"):
        toy_book(tmp_path, tmp_path / name)
    assert differences(tmp_path / "one", tmp_path / "other") == (2, [])
    later = PAGE.format("title").replace("2025-02-03, commit <code>abc</code>", "2026-01-01, commit <code>def</code>")
    later = later.replace("3 s", "5 s")
    (tmp_path / "other/index.html").write_text(later)
    assert words(tmp_path / "one") == words(tmp_path / "other")
    (tmp_path / "other/index.html").write_text(later.replace("Title", "Tittle"))
    assert words(tmp_path / "one") != words(tmp_path / "other")
    (tmp_path / "other/index.html").unlink()
    assert differences(tmp_path / "one", tmp_path / "other") == (2, ["index.html is in one of them only"])


def test_what_is_not_committed_is_not_released(made, tmp_path):
    root = Path(shutil.copytree(made[0], tmp_path / "checkout"))
    (root / "new.md").touch()
    with pytest.raises(InputError, match=r"not committed:\n.*new\.md"):
        make_release(tmp_path / "release.zip", root)
    with pytest.raises(InputError, match=r"call it release\.zip"):
        make_release(tmp_path / "release.tar", root)


def test_what_is_no_archive_is_told(tmp_path):
    (tmp_path / "text.zip").write_text("no zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as file:
        file.writestr("a.txt", "a")
    for name, message in (("text.zip", "neither a .zip file nor a folder"), ("other.zip", "is no release")):
        with pytest.raises(InputError, match=message):
            list(check_release(tmp_path / name, rebuild=False))
