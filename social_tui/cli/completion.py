"""``social-tui completion``: the script by which a shell completes commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from social_tui.cli.exit_codes import ExitCode

_SHELLS = ["bash", "zsh", "fish"]


@click.command("completion")
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> ExitCode:
    """Print the completion script of a shell.

    \b
    bash: social-tui completion bash > ~/.local/share/bash-completion/completions/social-tui
    zsh:  social-tui completion zsh > "${fpath[1]}/_social-tui"
    fish: social-tui completion fish > ~/.config/fish/completions/social-tui.fish
    """
    from social_tui.cli.opening import COMPLETION_VARIABLE

    root = context.find_root()
    script = get_completion_class(shell)
    if script is None:
        raise click.UsageError(f"There is no completion for {shell}")
    click.echo(script(root.command, {}, root.info_name or "", COMPLETION_VARIABLE).source())
    return ExitCode.OK
