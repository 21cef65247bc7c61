"""The `companion` command: what makes the book."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from ildl.checkout import find_root
from ildl.cli import FriendlyGroup, show_verified
from ildl.cli_options import FILE, parse_assignments, parse_value


@click.group(cls=FriendlyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Make the book of the companion; `jupyter-book build book/` then builds its pages."""


@main.command()
@click.argument("names", nargs=-1, metavar="[NOTEBOOK]...")
@click.option("--profile", default="quick", show_default=True, help="Key of notebooks/profiles.yml.")
@click.option(
    "-p",
    "--param",
    "assignments",
    multiple=True,
    callback=parse_assignments,
    metavar="NAME=VALUE",
    help="Parameter that takes precedence over the profile's.",
)
@click.option("--jobs", default=2, show_default=True, help="Notebooks at a time.")
@click.option("--force", is_flag=True, help="Execute up-to-date notebooks too.")
def notebooks(names: tuple[str, ...], profile: str, assignments: dict[str, str], jobs: int, force: bool) -> None:
    """Execute notebooks (default: all) into book/notebooks/."""
    from companion.build import execute

    parameters = {name: parse_value(value) for name, value in assignments.items()}
    failed = []
    for outcome in execute(names, profile, parameters=parameters, jobs=jobs, force=force):
        took = f" in {outcome.seconds:.0f} s" if outcome.status != "fresh" else ""
        click.echo(f"{outcome.name}: {outcome.status}{took}" + (f"\n{outcome.message}" if outcome.message else ""))
        failed += [outcome.name] if outcome.status == "failed" else []
    if failed:
        raise click.ClickException(f"failed: {', '.join(sorted(failed))}")


@main.command()
@click.argument("experiments", nargs=-1, metavar="[EXPERIMENT]...")
@click.option("--profile", default="quick", show_default=True, help="quick or paper.")
@click.option("--results-dir", default="results", show_default=True, help="Where cells are kept, in the checkout.")
@click.option("--jobs", type=int, help="Threads, or processes, at a time; default: one a core.")
@click.option("--reference", is_flag=True, help="Write the results into data/reference (paper profile only).")
def reproduce(experiments: tuple[str, ...], profile: str, results_dir: str, jobs: int | None, reference: bool) -> None:
    """Run the experiments behind the book's tables and figures (default: all of them)."""
    import pandas as pd

    from companion.base.arms import EXPERIMENTS, PROFILES
    from companion.base.asked import Asked
    from companion.base.paper import load_experiment, train
    from companion.base.reference import write_reference
    from companion.evidence.evidence import write_evidence
    from ildl.checks import check_option

    check_option(profile, PROFILES, "profile")
    names = [check_option(name, EXPERIMENTS, "experiment") for name in experiments] or list(EXPERIMENTS)
    asked, start = Asked(profile, results_dir, jobs), datetime.now(UTC)
    train(names, asked, progress=True)
    clock = (datetime.now(UTC) - start).total_seconds()
    frames = {name: load_experiment(name, asked) for name in names}
    cells = pd.concat([frame.drop_duplicates("key").assign(experiment=name) for name, frame in frames.items()])
    first = cells[cells["date"] >= start.isoformat(timespec="seconds")].drop_duplicates("key")
    spent = first.groupby("experiment")["fit_seconds"].sum().reindex(names, fill_value=0.0)
    spent = spent * clock / max(spent.sum(), 1e-9)  # they were trained together: the clock's time by that of training
    for name, frame in frames.items():
        how = f"{spent[name]:.0f} s"
        if frame.attrs["profile"] != profile:
            how = "of the shipped reference, none trained: features are missing, see `ildl fetch`"
        click.echo(f"{name}: {frame['key'].nunique()} cells, {how}")
        if reference:
            click.echo(f"written to {write_reference(frame, start, seconds=spent[name])}")
    if reference:
        click.echo(f"written to {write_evidence()}")


@main.command()
def answer() -> None:
    """Fill the numbers of README.md from the shipped reference run, and renew its picture."""
    from companion.build.answer import answer as fill_readme

    click.echo(f"written to {fill_readme()}")


@main.command()
@click.option("--sample", default=5, show_default=True, help="How many cells.")
@click.option("--seed", default=0, show_default=True, help="Seed of the choice.")
def verify(sample: int, seed: int) -> None:
    """Train a random sample of the shipped reference run's cells again and compare."""
    from companion.base.verify_reference import verify_reference

    show_verified(verify_reference(sample=sample, seed=seed), "the reference run")


@main.group()
def release() -> None:
    """The archive of a release: book, results, splits, lock and checksums, described by an RO-Crate."""


@release.command("make")
@click.option("-o", "--output", type=FILE, default="_build/release.zip", show_default=True, help="Archive.")
def make(output: Path) -> None:
    """Build the book of the commit anew, and pack it with all that it is made from."""
    from companion.build.release import make_release

    for line in make_release(output, find_root()):
        click.echo(line)


@release.command("check")
@click.argument("archive", metavar="ARCHIVE", type=click.Path(exists=True, path_type=Path))
@click.option("--rebuild", is_flag=True, help="Build the book from it, too, and compare pages.")
def check(archive: Path, rebuild: bool) -> None:
    """Check an archive, or the folder that it was unpacked into."""
    from companion.build.release import check_release

    for line in check_release(archive, rebuild):
        click.echo(line)


if __name__ == "__main__":
    main()
