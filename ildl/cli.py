"""The `ildl` command. Heavy modules are imported where they are needed, so that `ildl --help` is quick."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ildl.cli_options import parse_assignments, parse_value, run_options, with_parameters

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
@click.option("-m", "--method", "methods", multiple=True, required=True, help="Method; may be repeated.")
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
@click.argument("experiments", nargs=-1, metavar="[EXPERIMENT]...")
@click.option("--profile", default="quick", show_default=True, help="quick or paper.")
@click.option("--results-dir", default="results", show_default=True, help="Where finished cells are kept.")
@click.option("--jobs", type=int, help="Processes at a time; default: one a core.")
@click.option("--reference", is_flag=True, help="Write the results into data/reference (paper profile only).")
def reproduce(experiments: tuple[str, ...], profile: str, results_dir: str, jobs: int | None, reference: bool) -> None:
    """Run the experiments behind the book's tables and figures (default: all of them)."""
    from ildl.checks import check_option
    from ildl.experiments import EXPERIMENTS, PROFILES, load_experiment, write_evidence, write_reference

    check_option(profile, PROFILES, "profile")
    for name in [check_option(name, EXPERIMENTS, "experiment") for name in experiments] or EXPERIMENTS:
        start = datetime.now(UTC)
        frame = load_experiment(name, profile, results_dir=results_dir, n_jobs=jobs, progress=True)
        how = f"in {(datetime.now(UTC) - start).total_seconds():.0f} s"
        if frame.attrs["profile"] != profile:
            how = "of the shipped reference, none trained: features are missing, see `ildl fetch`"
        click.echo(f"{name}: {frame['key'].nunique()} cells {how}")
        if reference:
            click.echo(f"written to {write_reference(frame, start)}")
    if reference:
        click.echo(f"written to {write_evidence()}")


@main.command()
@click.option("-d", "--dataset", "name", required=True, help="Data set.")
@click.option("-m", "--method", required=True, help="Method.")
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
@click.argument("results_dir", required=False, type=click.Path(exists=True, file_okay=False))
@click.option("--reference", is_flag=True, help="Cells of the shipped reference run, not of the results folder.")
@click.option("--sample", default=5, show_default=True, help="How many cells.")
@click.option("--seed", default=0, show_default=True, help="Seed of the choice.")
def verify(results_dir: str | None, reference: bool, sample: int, seed: int) -> None:
    """Train a random sample of stored cells again and compare; RESULTS_DIR is results by default."""
    from ildl.experiments import verify as verify_cells
    from ildl.experiments import verify_reference

    if reference and results_dir:
        raise click.UsageError("RESULTS_DIR and --reference exclude each other; give one of them.")
    where = "the reference run" if reference else results_dir or "results"
    frame = verify_reference(sample=sample, seed=seed) if reference else verify_cells(where, sample=sample, seed=seed)
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
