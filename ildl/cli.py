"""The `ildl` command. Heavy modules are imported where they are needed, so that `ildl --help` is quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ildl.cli_options import (
    CSV,
    METHOD,
    in_a_folder,
    own_splits,
    parse_assignments,
    parse_value,
    run_options,
    split_options,
    with_parameters,
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
        from ildl.checks import InputError

        try:
            return super().invoke(ctx)
        except InputError as error:
            raise BadInput(str(error)) from error
        except OSError as error:
            raise click.ClickException(str(error)) from error
        except (click.exceptions.Exit, click.Abort):
            raise
        except RuntimeError as error:
            from ildl.experiments import CellsFailed

            if isinstance(error, CellsFailed):
                raise click.ClickException(str(error)) from error
            raise


def _show(frame: pd.DataFrame, csv: Path | None, index: list[str]) -> None:
    """Print mean ± standard deviation (population) over folds and seeds; metrics are columns."""
    if csv:
        frame.to_csv(csv, index=False)
    groups = frame.groupby([*index, "metric"], sort=False)["value"]
    cells = groups.mean().map("{:.4f}".format) + " ± " + groups.std(ddof=0).map("{:.4f}".format)
    click.echo(cells.unstack("metric", sort=False).to_string())


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
    from ildl.data import fetch as fetch_file

    failed = False
    for name in names or [name for name in list_datasets(extra=extra) if name != ARTIFICIAL]:
        try:
            click.echo(f"{name}: {fetch_file(name, labels_only=labels_only)}")
        except OSError as error:  # the others may be there
            click.echo(str(error), err=True)
            failed = True
    if failed:
        sys.exit(1)


@main.command()
@click.option("-d", "--dataset", "names", multiple=True, required=True, help="Data set; may be repeated.")
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
    names: tuple[str, ...], methods: tuple[str, ...], assignments: dict[str, str], csv: Path | None, **options: Any
) -> None:
    """Train and evaluate methods on data sets; finished cells are read from the results folder."""
    chosen = with_parameters(methods, assignments)
    from ildl.experiments import run as run_experiments

    frame = run_experiments(list(names), chosen, **options)
    _show(frame, csv, ["dataset", "method"])


@main.command()
@click.option("-d", "--dataset", "name", required=True, help="Data set.")
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
def sweep(name: str, method: str, assignments: dict[str, str], csv: Path | None, **options: Any) -> None:
    """Train one method over a grid of hyper-parameters."""
    from ildl.experiments import sweep as sweep_experiments

    grid = {key: [parse_value(value) for value in values.split(",")] for key, values in assignments.items()}
    frame = sweep_experiments(name, method, grid, **options)
    _show(frame, csv, ["dataset", "method", *grid])


@main.command()
@click.argument("results_dir", default="results", type=click.Path(exists=True, file_okay=False))
@click.option("--sample", default=5, show_default=True, help="How many cells.")
@click.option("--seed", default=0, show_default=True, help="Seed of the choice.")
@click.option("-d", "--dataset", "datasets", multiple=True, help="Own data that results were made of; repeatable.")
@click.option("-m", "--method", "methods", multiple=True, metavar=METHOD, help="Own method; repeatable.")
@own_splits
def verify(results_dir: str, **options: Any) -> None:
    """Train a random sample of stored cells again and compare; RESULTS_DIR is results by default.

    Own data, methods and splits are not in the results: they are given again.
    """
    from ildl.experiments import verify as verify_cells

    show_verified(verify_cells(results_dir, **options), results_dir)


@main.command()
@click.option("-d", "--dataset", "name", required=True, help="Data set.")
@click.option("-o", "--output", required=True, type=CSV, callback=in_a_folder, help="The file, .npz.")
@split_options
def splits(name: str, output: Path, splits: Any, **options: Any) -> None:
    """Write a data set and its splits into a file, for a method elsewhere; `ildl compare` takes its predictions."""
    from ildl.experiments import write_splits

    click.echo(write_splits(name, output, splits, **options))


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
        A value differs.
    """
    frame["difference"] = (frame["again"] - frame["stored"]).abs()
    columns = ["experiment", "dataset", "method", "params", "fold", "seed"]
    cells = frame.groupby([name for name in columns if name in frame], sort=False)
    table = cells.agg(metrics=("metric", "size"), largest_difference=("difference", "max"), equal=("equal", "all"))
    click.echo(table.reset_index().to_string(index=False))
    if not frame["equal"].all():
        raise click.ClickException(f"{(~frame['equal']).sum()} values differ from those stored in {where}.")


@main.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST ARGUMENT]...")
def bench(arguments: tuple[str, ...]) -> None:
    """Run the benchmarks of a checkout.

    Arguments are pytest's, and --data, --folds, --epochs, --rounds, --device, --largest, --output (section "ildl" of
    "pytest benchmarks --help"): ildl bench -k engine --data Movie --rounds 5
    """
    import subprocess

    from ildl.checkout import find_root

    folder = find_root() / "benchmarks"
    if not folder.is_dir():
        raise click.ClickException(f"{folder} does not exist: benchmarks are part of a checkout, not of the package.")
    sys.exit(subprocess.call([sys.executable, "-m", "pytest", str(folder), *arguments], cwd=folder.parent))
