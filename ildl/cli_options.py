"""Options of the `ildl` command, and what becomes of their values."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

DATASET = "NAME|FILE[,KEY=VALUE...]"
DATASET_HELP = "Data set of the catalogue, or own file: my.csv,labels=vote_,drop=id,sampling=generic."
METHOD = "NAME|FILE.py:CLASS"
FILE = click.Path(dir_okay=False, path_type=Path)


class Output(click.Path):
    """A file to write; what hinders that is said before hours of training, not after."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path, once a file there was opened for writing; it stays as it is, or not there."""
        if not str(value):
            self.fail("it is empty; name a file", param, ctx)
        path: Path = super().convert(value, param, ctx)  # type: ignore[assignment]  # click was told so
        if not path.parent.is_dir():
            self.fail(f"there is no folder {str(path.parent)!r}", param, ctx)
        try:
            there = path.exists()
            if path.is_file() or not there:  # a device or a pipe is taken as it is
                with open(path, "ab"):
                    pass
            if not there:
                path.resolve().unlink()
        except OSError as error:
            self.fail(f"{str(path)!r} cannot be written ({error.strerror})", param, ctx)
        return path


OUTPUT = Output()


def parse_value(text: str) -> Any:
    """Numbers, true, false, null and quoted text are JSON, also as Python spells them; anything else is text."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text.strip())
        except (ValueError, SyntaxError):
            continue
    return text


def parse_assignments(ctx: click.Context, option: click.Parameter, texts: tuple[str, ...]) -> dict[str, str]:
    """Split texts of the form NAME=VALUE; a name that is there twice is refused."""
    pairs = [text.partition("=") for text in texts]
    bad = [text for text, (name, _, value) in zip(texts, pairs, strict=True) if not name or not value]
    if bad:
        raise click.BadParameter(f"{bad[0]!r} is not of the form NAME=VALUE", ctx, option)
    names = [name.strip() for name, _, _ in pairs]
    if twice := [name for name in names if names.count(name) > 1]:
        raise click.BadParameter(f"{twice[0]!r} is given twice; give it once", ctx, option)
    return {name: value for name, (_, _, value) in zip(names, pairs, strict=True)}


def with_parameters(methods: tuple[str, ...], assignments: dict[str, str]) -> list[tuple[str, dict[str, Any]]]:
    """["DILDL"], {"DILDL.alpha": "0.6"} -> [("DILDL", {"alpha": 0.6})]."""
    params: dict[str, dict[str, Any]] = {method: {} for method in methods}
    short = {method.rpartition(":")[2]: method for method in methods}  # of path/to/file.py:Class
    for name, value in assignments.items():
        method, _, key = name.rpartition(".")
        method = short.get(method, method)
        if method not in params:
            raise click.BadParameter(f"{name!r}: write METHOD.parameter, with one of the methods asked for",
                                     param_hint="--param")  # fmt: skip
        params[method][key] = parse_value(value)
    return list(params.items())


def open_own(
    texts: tuple[str, ...],
    n_splits: int,
    n_valid: float,
    valid_from: str,
    split_seed: int,
    split_folds: str,
    splits: Any = None,
    **options: Any,
) -> list[Any]:
    """Own data opened, names as they are; says what was done to own data, and what each fold keeps of them."""
    from ildl.data import is_path, kept_rows, open_dataset
    from ildl.experiments import Protocol
    from ildl.experiments.protocols import protocols_of

    protocol = Protocol(n_splits, n_valid, split_seed, valid_from, split_folds)
    sources: list[Any] = []
    for text in texts:
        sources.append(ds := open_dataset(text) if is_path(text) else text)
        if isinstance(ds, str):
            continue
        click.echo("\n  ".join([f"{ds.name}:", *ds.notes]), err=True)
        folds = kept_rows(ds, protocols_of([ds], splits, protocol)[ds.name].splits(ds))
        every = "all rows outside the test rows" if ds.sampling is None else "those that imbalance sampling keeps"
        click.echo(
            f"  Rows of each fold ({every}), and how many times the rarest label the most frequent has:", err=True
        )
        click.echo(folds.to_string(index=False, float_format="{:.1f}".format), err=True)
    return sources


def with_references(chosen: list[Any], datasets: Sequence[Any]) -> list[Any]:
    """Own data come without a measure of what is good: the guesses that learn nothing run along, unless named."""
    from ildl.compare.statistics import REFERENCES

    named = {spec[0] if isinstance(spec, tuple) else spec for spec in chosen}
    added = [name for name in REFERENCES if name not in named]
    if not added or not any(getattr(ds, "feature_set", "") == "own" for ds in datasets):
        return chosen
    click.echo(f"{' and '.join(added)} run along: guesses that learn nothing, and that a method must beat.", err=True)
    return [*chosen, *added]


def _rows_or_share(ctx: click.Context, option: click.Parameter, value: float) -> float:
    return int(value) if value >= 1 and value == int(value) else value


def _splits_of(ctx: click.Context, option: click.Parameter, path: Path | None) -> Any:
    if path is None:
        return None
    from ildl.experiments import read_splits

    return read_splits(path)


own_splits = click.option(
    "--splits",
    type=FILE,
    callback=_splits_of,
    metavar="FILE",
    help="Own splits: of `ildl splits`, or .csv, .npy: a row's part (train, valid, test) or group.",
)


def split_options(command: Any) -> Any:
    """Add the options that say how a data set is split."""
    options = [
        own_splits,
        click.option("--n-splits", default=10, show_default=True, help="Folds."),
        click.option(
            "--n-valid",
            default=20.0,
            show_default="20",
            callback=_rows_or_share,
            metavar="ROWS|SHARE",
            help="Validation rows in each fold, or their share.",
        ),
        click.option(
            "--valid-from",
            default="sampled",
            show_default=True,
            help="Validation rows: of those that imbalance sampling keeps (sampled) or drops (unsampled).",
        ),
        click.option("--split-seed", default=0, show_default=True, help="Of folds and validation rows."),
        click.option(
            "--split-folds",
            default="kfold",
            show_default=True,
            help="Folds (kfold), or as many independent splits (random).",
        ),
    ]
    return _with(command, options)


def run_options(command: Any) -> Any:
    """Add the options that `run` and `sweep` share."""
    options = [
        split_options,
        click.option("--seed", "seeds", multiple=True, default=(0,), show_default=True, help="May be repeated."),
        click.option("--results-dir", default="results", show_default=True, help="Where finished cells are kept."),
        click.option("--jobs", "n_jobs", type=int, help="Threads, or processes, at a time; default: one a core."),
        click.option("--backend", default="loky", show_default=True, help="loky (this machine) or dask."),
        click.option("--scheduler", metavar="ADDRESS", help="Dask scheduler, tcp://host:port."),
        click.option("--device", default="cpu", show_default=True, help="cpu, cuda, mps or auto."),
        click.option("--csv", type=OUTPUT, help="Write the tidy frame here too."),
        click.option("--all-metrics", is_flag=True, help="Print all metrics, not only the paper's six."),
        click.option(
            "--format",
            "form",
            type=click.Choice(["text", "csv", "markdown", "latex"]),
            default="text",
            show_default=True,
            help="Of what is printed.",
        ),  # fmt: skip
    ]
    return _with(command, options)


def _with(command: Any, options: list[Any]) -> Any:
    for option in reversed(options):
        command = option(command)
    return command
