"""``social-tui stats``: the library's figures."""

from __future__ import annotations

import click

from social_tui.cli import options
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import print_json, say
from social_tui.cli.reports import cost_lines, spending_lines, statistics_lines
from social_tui.cli.session import Session, pass_session


@click.command("stats")
@click.option(
    "--top", type=click.IntRange(1, 500), default=5, metavar="N", help="So many authors, posts and days. [5]"
)
@options.as_json
@pass_session
def stats(session: Session, top: int, as_json: bool) -> ExitCode:
    """Print the library's figures.

    Among them is what analyses cost by author, by post and by day (UTC).
    """
    from social_tui.store.ai_costs import ai_costs
    from social_tui.store.analyses import spending
    from social_tui.store.statistics import read_statistics

    with session.library() as library:
        figures = read_statistics(library.gateway)
        budgets = spending(library.gateway)
        authors = ai_costs(library.gateway, "author", limit=top)
        posts = ai_costs(library.gateway, "post", limit=top)
        days = ai_costs(library.gateway, "day", limit=top)
    if as_json:
        costs = {"author": authors, "post": posts, "day": days}
        print_json(
            {
                **figures.model_dump(mode="json"),
                "ai_budgets": [row.model_dump() for row in budgets],
                "ai_costs": {by: [row.model_dump(mode="json") for row in rows] for by, rows in costs.items()},
            }
        )
    else:
        lines = [*statistics_lines(figures), *spending_lines(budgets)]
        say("\n".join([*lines, *cost_lines([*authors, *posts, *days])]))
    return ExitCode.OK
