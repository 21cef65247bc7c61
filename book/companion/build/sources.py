"""What determines an executed notebook: its source, its parameters, the library, the data, the lock file, the results.

A checkout has `notebooks/*.ipynb` (committed, with the outputs of the quick profile), `notebooks/profiles.yml`
(profile -> notebook -> parameters) and `book/notebooks/` (executed copies, never committed). A copy carries a `Record`
in its metadata.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from companion.base.reference import MANIFEST, read_manifest
from companion.base.strict_yaml import load_yaml
from ildl.checks import InputError, check_option, check_parameters
from ildl.data import available_datasets
from ildl.dependencies import code_behind

PAGES = "notebooks"
"""Folder of the notebooks, and of their pages in the book."""
METADATA_KEY = "ildl"
STORE_READER = "read_stored("
"""What a notebook calls to read a store as it is; see `ildl.experiments.stored`."""
UNSTABLE = ("execution", "papermill")
"""What running a notebook writes into the metadata of its cells."""
REFERENCE = "reference"
"""The profile that reads the shipped results; it trains nothing."""


@dataclass(frozen=True)
class Record:
    """How a copy was made; lies in the notebook's metadata: `data` are files of data sets that were here."""

    profile: str
    overrides: Mapping[str, Any]
    digest: str
    commit: str
    data: Mapping[str, str] = field(default_factory=dict)

    def write(self, notebook: nbformat.NotebookNode) -> None:
        """Put this record into the notebook's metadata."""
        notebook.metadata[METADATA_KEY] = asdict(self)

    @classmethod
    def read(cls, notebook: nbformat.NotebookNode) -> Record | None:
        """Return the record of an executed copy, None for any other notebook."""
        try:
            return cls(**notebook.metadata[METADATA_KEY])
        except (KeyError, TypeError):
            return None


def find_notebooks(root: Path) -> dict[str, Path]:
    """Return the committed notebooks by name (without suffix), in order."""
    return {path.stem: path for path in sorted((root / PAGES).glob("*.ipynb"))}


def executed_copy(root: Path, name: str) -> Path:
    """Return where the executed copy of a notebook lies."""
    return root / "book" / PAGES / f"{name}.ipynb"


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Read a notebook."""
    try:
        return nbformat.read(path, as_version=4)
    except (ValueError, RecursionError, nbformat.validator.NotebookValidationError, KeyError) as error:
        raise InputError(f"{path} is not a Jupyter notebook: {str(error)[:200]}") from error


def declared_parameters(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """Return what the cell tagged `parameters` assigns: name -> value as normalised source."""
    cells = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    declared: dict[str, str] = {}
    for statement in (statement for cell in cells for statement in ast.parse(cell.source).body):
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        value = getattr(statement, "value", None)
        declared |= {target.id: ast.unparse(value) for target in targets if isinstance(target, ast.Name) and value}
    return declared


def uses_results(notebook: nbformat.NotebookNode) -> bool:
    """Whether results of training enter a notebook: it declares where they are kept."""
    return "results_dir" in declared_parameters(notebook)


def follows_profiles(notebook: nbformat.NotebookNode) -> bool:
    """Whether a profile says what a notebook runs; another one has parameters of its own."""
    return "profile" in declared_parameters(notebook)


def may_train(notebook: nbformat.NotebookNode, profile: str) -> bool:
    """Whether executing a notebook may add to the store; pages of the reference run only read what is shipped."""
    return uses_results(notebook) and not (profile == REFERENCE and follows_profiles(notebook))


def shows_the_store(notebook: nbformat.NotebookNode) -> bool:
    """Whether a notebook shows whatever results are stored, not only those that it asks for by name."""
    return uses_results(notebook) and any(STORE_READER in cell.source for cell in notebook.cells)


def outputs_of(notebook: nbformat.NotebookNode) -> list[dict[str, Any]]:
    """Return the data of all outputs of a notebook, in order: type -> content."""
    return [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]


def short(name: str) -> str:
    """Name of a notebook without its number."""
    return name.partition("_")[2] or name


def shipped_reference(root: Path) -> dict[str, Any]:
    """Return the manifest of the shipped reference run, for what pages say of it; empty where none is shipped."""
    folder = root / "data" / REFERENCE
    return read_manifest(folder) if (folder / MANIFEST).exists() else {}


def load_profiles(root: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """Return `notebooks/profiles.yml`: profile -> notebook -> parameters."""
    path = root / "notebooks" / "profiles.yml"
    try:
        profiles = load_yaml(path)
        loaded = {
            str(profile): {name: dict(values or {}) for name, values in (notebooks or {}).items()}
            for profile, notebooks in profiles.items()
        }
    except FileNotFoundError as error:
        raise InputError(f"{path} is missing: it maps profile -> notebook -> parameters.") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(f"{path} does not map profile -> notebook -> parameters: {error}") from error
    for notebooks in loaded.values():
        check_parameters(notebooks, find_notebooks(root), f"{path.name} (a notebook)")
    return loaded


def parameters_for(root: Path, name: str, profile: str, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return what papermill passes to a notebook: the profile's and given parameters that change something."""
    profiles = load_profiles(root)
    check_option(profile, profiles, "profile")
    declared = declared_parameters(read_notebook(find_notebooks(root)[name]))
    given = {**profiles[profile].get(name, {}), **overrides}
    if not declared and given:
        raise InputError(f"notebooks/{name}.ipynb has no cell tagged `parameters`, but is given {', '.join(given)}.")
    check_parameters(given, declared, f"notebooks/{name}.ipynb")
    if "profile" in declared:
        given = {"profile": profile, **given}
    return {key: value for key, value in given.items() if declared[key] != repr(value)}


def digest(root: Path, name: str, profile: str, overrides: Mapping[str, Any]) -> str:
    """Return the SHA-256 of all that determines an executed notebook: source, parameters, code, data and results."""
    notebook = read_notebook(find_notebooks(root)[name])
    stable = [{key: cell.metadata[key] for key in cell.metadata if key not in UNSTABLE} for cell in notebook.cells]
    cells = [[cell.cell_type, cell.source, kept] for cell, kept in zip(notebook.cells, stable, strict=True)]
    given = parameters_for(root, name, profile, overrides)
    try:
        sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        code = code_behind(sources, (root / "ildl", root / "book" / "companion"))
    except SyntaxError as error:
        raise InputError(f"A cell of notebooks/{name}.ipynb is not plain Python: {error}") from error
    parts = [cells, profile, given, code, _digest_of_files(root)]
    if shows_the_store(notebook):
        declared = ast.literal_eval(declared_parameters(notebook)["results_dir"])
        store = root / str(given.get("results_dir", declared))
        parts.append(sorted(path.stem for path in store.glob("*/*/*.json")))
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def data_at_hand() -> dict[str, str]:
    """Return the data sets whose files are here: name -> name of the file with features, or else with labels alone."""
    return {name: path.name for name, path in available_datasets(labels_only=True).items()}


def _digest_of_files(root: Path) -> str:
    beside = [path for kind in ("yml", "jinja") for path in (root / "book" / "companion").rglob(f"*.{kind}")]
    data = (path for path in (root / "data").rglob("*") if path.is_file() and not path.name.startswith("."))
    return "".join(
        f"{path.relative_to(root)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n"
        for path in [*sorted([*data, *beside]), *root.glob("requirements.lock")]
    )
