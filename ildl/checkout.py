"""Where the checkout is, and which version of the sources is at work."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ildl.checks import InputError

PACKAGE = Path(__file__).parent


def commit(root: Path = PACKAGE.parent) -> str:
    """Return the commit of a checkout.

    Parameters
    ----------
    root : Path
        The checkout; default: the one that this package lies in.

    Returns
    -------
    str
        With "-dirty" where tracked files differ, but for those of the reference run, which the run that makes it
        writes; "unknown" outside of a checkout or without git.
    """

    def git(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)

    try:
        head = git("rev-parse", "HEAD")
        if head.returncode:
            return "unknown"
        same = git("diff", "--quiet", "HEAD", "--", ".", ":(exclude)data/reference").returncode == 0
    except OSError:
        return "unknown"
    return head.stdout.strip() + ("" if same else "-dirty")


def find_root(start: Path | None = None) -> Path:
    """Return the checkout that a folder lies in.

    Parameters
    ----------
    start : Path, optional
        Default: the working directory.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        No folder from `start` upwards holds `notebooks/` and `_config.yml`; an installed package has no notebooks.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "notebooks").is_dir() and (folder / "_config.yml").is_file():
            return folder
    raise InputError(f"{start} is not inside a checkout of ildl (notebooks/ and _config.yml); change into one.")
