"""The commit of a checkout: clean, changed, and outside of one."""

import subprocess

from ildl.checkout import commit


def git(folder, *words):
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True)


def test_the_commit_of_a_checkout_and_whether_it_was_changed(tmp_path):
    reference = tmp_path / "data" / "reference" / "manifest.json"
    reference.parent.mkdir(parents=True)
    for path in (tmp_path / "file", reference):
        path.write_text("one")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    clean = commit(tmp_path)
    assert len(clean) == 40
    (tmp_path / "new").write_text("untracked files are nobody's sources")
    reference.write_text("two")
    assert commit(tmp_path) == clean
    (tmp_path / "file").write_text("two")
    assert commit(tmp_path) == f"{clean}-dirty"


def test_no_checkout_and_no_git(tmp_path, monkeypatch):
    assert commit(tmp_path) == "unknown"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit(tmp_path) == "unknown"
