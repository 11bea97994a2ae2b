"""The root of all commands and the options that hold for each."""

from __future__ import annotations

from pathlib import Path

import click

from social_tui import __version__
from social_tui.cli.lazy import LazyGroup
from social_tui.cli.opening import open_app
from social_tui.cli.session import Session

_COMMANDS = {
    "import": ("import_posts:import_posts", "Import exported posts and note every media they name."),
    "media": ("media:media", "Download, verify, archive and analyse media."),
    "archive": ("archive:archive", "Prove, repair, bring back and audit the archived copies."),
    "cache": ("cache:cache", "See what is kept on this machine, make room, and check it."),
    "posts": ("posts:posts", "List, count, show, export and change posts."),
    "export": ("export:export", "Write posts, media and bags of evidence for others."),
    "verify-bag": ("verify_bag:verify_bag", "Check a bag of evidence; needs no library."),
    "views": ("views:views", "List, save and delete views: filters with a name."),
    "search": ("search:search", "Find posts by all that they say and show, the best first."),
    "jobs": ("jobs:jobs", "See the queue, try jobs again or call them off."),
    "worker": ("worker:worker", "Run queued jobs until stopped; many may run on many machines."),
    "library": ("library:library", "Copy the library into another database, or from there."),
    "team": ("team:team", "See and choose workspaces, and say who is in them."),
    "retention": ("retention:retention", "See and remove what was kept in the cache for long enough."),
    "audit": ("audit:audit", "See whether the audit log is as it was written."),
    "stats": ("stats:stats", "Print the library's figures."),
    "doctor": ("doctor:doctor", "Check that everything works and say how to mend what does not."),
    "db": ("db:db", "Look after the database."),
    "keys": ("keys:keys", "List the app's keys and where each comes from."),
    "config": ("config:config", "Show the settings and where each comes from."),
    "account": ("account:account", "Sign in to the Supabase project that the settings name, and out of it."),
    "supabase": ("supabase:supabase", "Share a library through a project of Supabase."),
    "demo": ("demo:demo", "Run the main job on sample posts."),
    "completion": ("completion:completion", "Print the completion script of a shell."),
}


@click.group(
    cls=LazyGroup,
    lazy={name: (f"social_tui.cli.{place}", line) for name, (place, line) in _COMMANDS.items()},
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--library",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder that holds the library whole. [env: SOCIAL_TUI_HOME]",
)
@click.option("--read-only", is_flag=True, help="Show everything and change nothing.")
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def root(context: click.Context, library: Path | None, read_only: bool) -> int | None:
    """Keep social-media posts and their media before the links die.

    Without a command it opens the terminal app.
    """
    session = context.ensure_object(Session)
    session.home = library
    session.read_only = read_only
    if context.invoked_subcommand is not None:
        return None
    return open_app(session.load)
