"""The `companion` command: what makes the book."""

from __future__ import annotations

import click

from ildl.cli import FriendlyGroup
from ildl.cli_options import parse_assignments, parse_value


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
