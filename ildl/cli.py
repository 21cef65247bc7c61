"""The `ildl` command. Heavy modules are imported where they are needed, so that `ildl --help` is quick."""

from __future__ import annotations

import gc
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ildl.cli_options import (
    DATASET,
    DATASET_HELP,
    METHOD,
    OUTPUT,
    open_own,
    own_splits,
    parse_assignments,
    parse_value,
    run_options,
    split_options,
    with_parameters,
    with_references,
)

if TYPE_CHECKING:
    import pandas as pd


class BadInput(click.ClickException):
    """What was asked for cannot be done; click's own usage errors have the same exit code."""

    exit_code = 2


class FriendlyGroup(click.Group):
    """Shows what users can mend (bad input: exit code 2; missing data, files: 1) without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        gc.set_threshold(20_000)  # what imports make stays: to search it for garbage less often saves a tenth of a run
        from ildl.checks import InputError

        try:
            with warnings.catch_warnings():
                warnings.showwarning = _say
                return super().invoke(ctx)
        except InputError as error:
            raise BadInput(str(error)) from error
        except BrokenPipeError:  # who reads has seen enough: click ends quietly
            raise
        except OSError as error:
            raise click.ClickException(str(error)) from error
        except (click.exceptions.Exit, click.Abort):
            raise
        except RuntimeError as error:
            from ildl.experiments import CellsFailed

            if isinstance(error, CellsFailed):
                raise click.ClickException(str(error)) from error
            raise


def _say(message: Warning | str, *_: Any, **__: Any) -> None:
    """Print a warning as a sentence."""
    click.echo(f"Warning: {message}", err=True)


def _show(frame: pd.DataFrame, csv: Path | None, form: str, every: bool) -> None:
    """Print the tables of a run, metrics as rows."""
    from ildl.compare.tables import printed
    from ildl.experiments.store import write_whole

    if csv:
        write_whole(csv, frame.drop(columns="label", errors="ignore").to_csv(index=False).encode())
    click.echo(printed(frame, form, every))


@click.group(cls=FriendlyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ildl")
def main() -> None:
    """Imbalanced label distribution learning: data, methods, experiments."""


_extra = click.option("--extra", is_flag=True, help="The further data sets of the public source too.")


@main.command()
@_extra
def datasets(extra: bool) -> None:
    """List the data sets and whether their files are here."""
    import pandas as pd

    from ildl.data import EXTRA_RECORDS, RECORDS
    from ildl.data.fetch import locate

    columns = ["name", "rows", "features", "labels", "feature set", "here", "file"]
    records = [*RECORDS.values(), *(EXTRA_RECORDS.values() if extra else ())]
    rows = [(r.name, r.n, r.q or "?", r.c, r.feature_set, *locate(r)) for r in records]
    click.echo(pd.DataFrame(rows, columns=columns).to_string(index=False))
    click.echo("Features:")
    for note in dict.fromkeys(r.feature_note for r in records):
        click.echo(f"  {', '.join(r.name for r in records if r.feature_note == note)}: {note}.")
    click.echo("  Artificial: made on the fly, any size (ildl.data.make_artificial).")


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--labels-only", is_flag=True, help="Fetch the small files of labels where there are such.")
@_extra
def fetch(names: tuple[str, ...], labels_only: bool, extra: bool) -> None:
    """Download data sets (default: those of the benchmark) and verify them."""
    from ildl.data import ARTIFICIAL, list_datasets
    from ildl.data.fetch import DataUnavailable, Unreachable
    from ildl.data.fetch import fetch as fetch_file

    failed, lacking, online = False, list[str](), True
    for name in names or [name for name in list_datasets(extra=extra) if name != ARTIFICIAL]:
        try:
            said = f"{name}: {fetch_file(name, labels_only=labels_only, download=online)}"
        except OSError as error:  # the others may be there
            failed = True
            if online or not isinstance(error, DataUnavailable):
                click.echo(str(error), err=True)
            else:
                lacking.append(name)
            online = online and not isinstance(error.__cause__, Unreachable)
        else:
            click.echo(said)
    if lacking:
        click.echo(f"Not here either, and not tried: {', '.join(lacking)}.", err=True)
    if failed:
        sys.exit(1)


@main.command()
@click.option(
    "-d", "--dataset", "names", multiple=True, required=True, metavar=DATASET, help=f"{DATASET_HELP} Repeatable."
)
@click.option(
    "-m", "--method", "methods", multiple=True, required=True, metavar=METHOD, help="Method; may be repeated."
)
@click.option(
    "--param",
    "assignments",
    multiple=True,
    callback=parse_assignments,
    metavar="METHOD.KEY=VALUE",
    help="Hyper-parameter of a method; may be repeated.",
)
@run_options
def run(
    names: tuple[str, ...], methods: tuple[str, ...], assignments: dict[str, str],
    csv: Path | None, form: str, all_metrics: bool, **options: Any,
) -> None:  # fmt: skip
    """Train and evaluate methods on data sets; finished cells are read from the results folder."""
    chosen = with_parameters(methods, assignments)
    from ildl.experiments import run as run_experiments

    sources = open_own(names, **options)
    frame = run_experiments(sources, with_references(chosen, sources), **options)
    _show(frame, csv, form, all_metrics)


@main.command()
@click.option("-d", "--dataset", "name", required=True, metavar=DATASET, help=DATASET_HELP)
@click.option("-m", "--method", required=True, metavar=METHOD, help="Method.")
@click.option(
    "--over",
    "assignments",
    multiple=True,
    required=True,
    callback=parse_assignments,
    metavar="KEY=V1,V2,...",
    help="Values of one hyper-parameter; repeated options span a grid.",
)
@run_options
def sweep(
    name: str, method: str, assignments: dict[str, str], csv: Path | None, form: str, all_metrics: bool, **options: Any
) -> None:
    """Train one method over a grid of hyper-parameters."""
    from ildl.experiments import sweep as sweep_experiments

    grid = {key: [parse_value(value) for value in values.split(",")] for key, values in assignments.items()}
    (source,) = open_own((name,), **options)
    frame = sweep_experiments(source, method, grid, **options)
    labels = [
        ", ".join(f"{key}={value}" for key, value in zip(grid, row, strict=True)) for row in frame[[*grid]].to_numpy()
    ]
    _show(frame.assign(label=labels), csv, form, all_metrics)


@main.command("compare")
@click.argument("sources", nargs=-1, required=True, metavar="RESULTS...", type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--output", type=OUTPUT, default="comparison.html", show_default=True, help="Page.")
@click.option("--splits", type=click.Path(exists=True, path_type=Path), help="Of `ildl splits`, for predictions.npz.")
@click.option("--reference", metavar="ROW", help="Held against all others; default: DILDL, or the first.")
@click.option("--only", "assignments", multiple=True, callback=parse_assignments, metavar="COLUMN=V1,V2,...",
              help="Results that count, such as method=RDA,DILDL or n_splits=5; may be repeated.")  # fmt: skip
@click.option("--published", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Printed numbers of catalogue data; CSV: dataset, method, metric, mean, std.")  # fmt: skip
@click.option("--title", default="", help="Of the page.")
def compare_results(
    sources: tuple[Path, ...], output: Path, splits: Path | None, reference: str | None, assignments: dict[str, str],
    published: Path | None, title: str,
) -> None:  # fmt: skip
    """Write one HTML page of results: what was found, tables, tests, ranks, data; it reads offline.

    RESULTS are folders that `ildl run` wrote, CSV files of it or of a page, and predictions.npz made elsewhere.
    """
    from ildl.cli_results import read_csv, read_results
    from ildl.compare.page import page
    from ildl.compare.study import findings, gather, study_of
    from ildl.experiments.store import write_whole

    results, notes = gather([read_results(source, splits) for source in sources], assignments)
    study = study_of(results, reference, notes)
    html = page(study, title, read_csv(published) if published else None, [str(source) for source in sources])
    write_whole(output, html.encode())
    for dataset in dict.fromkeys(study.means["dataset"]):
        click.echo(f"{dataset}: {findings(study, dataset)}")
    for note in study.notes:
        click.echo(f"Note: {note}")
    click.echo(f"written to {output}")


@main.command()
@click.argument("results_dir", default="results", type=click.Path(exists=True, file_okay=False))
@click.option("--sample", default=5, show_default=True, help="How many cells.")
@click.option("--seed", default=0, show_default=True, help="Seed of the choice.")
@click.option("-d", "--dataset", "datasets", multiple=True, metavar=DATASET, help="Own data; repeatable.")
@click.option("-m", "--method", "methods", multiple=True, metavar=METHOD, help="Own method; repeatable.")
@own_splits
def verify(results_dir: str, **options: Any) -> None:
    """Train a random sample of stored cells again and compare; RESULTS_DIR is results by default.

    Own data, methods and splits are not in the results: they are given again.
    """
    from ildl.experiments import verify as verify_cells

    show_verified(verify_cells(results_dir, **options), results_dir)


@main.command()
@click.option("-d", "--dataset", "name", required=True, metavar=DATASET, help=DATASET_HELP)
@click.option("-o", "--output", required=True, type=OUTPUT, help="The file, .npz.")
@split_options
def splits(name: str, output: Path, splits: Any, **options: Any) -> None:
    """Write a data set and its splits into a file, for a method elsewhere; `ildl compare` takes its predictions."""
    from ildl.experiments import write_splits

    (source,) = open_own((name,), splits=splits, **options)
    click.echo(write_splits(source, output, splits, **options))


def show_verified(frame: pd.DataFrame, where: str) -> None:
    """Print how far cells that were trained again lie from what is stored.

    Parameters
    ----------
    frame : DataFrame
        As `ildl.experiments.verify` returns it.
    where : str
        What they were compared with.

    Raises
    ------
    ClickException
        They do not agree.
    """
    from ildl.experiments.verification import by_cell, verdict

    click.echo(by_cell(frame).reset_index().to_string(index=False))
    text, holds = verdict(frame, where)
    if not holds:
        raise click.ClickException(text)
    click.echo(text)


@main.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST ARGUMENT]...")
def bench(arguments: tuple[str, ...]) -> None:
    """Run the benchmarks of a checkout.

    Arguments are pytest's, and --data, --folds, --epochs, --rounds, --device, --largest, --output (section "ildl" of
    "pytest benchmarks --help"): ildl bench -k engine --data Movie --rounds 5. Benchmarks are engine, sweep, methods,
    scaling, race, limit, prompt, and gpu, which takes --device cuda: ildl bench -k gpu --device cuda
    """
    import subprocess
    from importlib.util import find_spec

    from ildl.checkout import find_root

    folder = find_root() / "benchmarks"
    if missing := [name for name in ("pytest", "companion") if find_spec(name) is None]:
        raise BadInput(f"Benchmarks need {' and '.join(missing)}, as `make env` in {folder.parent} installs them.")
    sys.exit(subprocess.call([sys.executable, "-m", "pytest", str(folder), *arguments], cwd=folder.parent))
