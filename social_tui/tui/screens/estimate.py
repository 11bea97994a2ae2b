"""The question before an analysis: what it takes, and what is left to spend."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from social_tui.errors import SocialTuiError
from social_tui.tui.actions import bindings
from social_tui.tui.cells import line
from social_tui.tui.facts import table
from social_tui.tui.presentation import dollars, posts_words

if TYPE_CHECKING:
    from social_tui.reports import AnalysisEstimate
    from social_tui.tui.app import SocialTuiApp
    from social_tui.tui.records import Target

Which = Literal["new", "outdated"]
"""What is analysed: what never was, or also what was by other means."""
_NAMES = {"day": "today", "month": "this month"}


class EstimateScreen(ModalScreen[Which]):
    """Asks before media are analysed. It is there at once, and takes a yes when the estimate is read.

    What was analysed by another model, asked otherwise or in another shape is offered to be analysed again.

    Args:
        target: Which media.
    """

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("estimate")]
    app: SocialTuiApp
    detail = query_one("#detail-text", Static)
    yes = query_one("#yes", Button)
    again = query_one("#again", Button)

    def __init__(self, target: Target) -> None:
        super().__init__()
        self._target = target
        self._new: AnalysisEstimate | None = None
        self._both: AnalysisEstimate | None = None
        self._takes_outdated = False

    def compose(self) -> ComposeResult:
        """Show the question, what is known of the answer, and the answers."""
        what = "the media" if self._target.media is None else f"the {self._target.media.media_type}"
        with Vertical(id="dialog"):
            yield Static(f"Analyse {what} of {posts_words(self._target.count)}?", id="question", markup=False)
            yield Static("Working out what it takes …", id="detail-text", markup=False)
            with Horizontal(id="answers"):
                yield Button(
                    self._label("ask", "Analyse"), id="yes", variant="primary", compact=True, disabled=True
                )
                yield Button(self._label("again", "Those too"), id="again", compact=True)
                yield Button(self._label("decline", "No"), id="no", compact=True)

    def _label(self, action: str, words: str) -> Content:
        return Content(f"{self.app.keymap.shown(f'estimate.{action}')}  {words}".strip())

    def on_mount(self) -> None:
        """Work out what it takes."""
        self.again.display = False
        self.app.start("estimate", self._estimate)

    async def _estimate(self) -> None:
        try:
            model = await self.app.model()
            self._new = await self.app.offload(model.estimate, self._target)
            if self._new.media:
                self._show()
            self._both = self._new
            # What workers elsewhere would do otherwise now, only they know.
            if not self._new.is_elsewhere:
                self._both = await self.app.offload(model.estimate, self._target, outdated=True)
        except SocialTuiError:
            self._close(None)
            raise
        if self._both.media:
            self._show()
        else:
            # Nothing is spent: the request itself says best why there is nothing to do.
            self._close("new")

    def _show(self) -> None:
        found = self._both if self._takes_outdated else self._new
        if found is None or not self.is_current:
            return
        self.yes.disabled = not found.media
        write = elsewhere_content if found.is_elsewhere else estimate_content
        parts = [write(found, self.detail.size.width)]
        if self._has_outdated and self._new is not None and self._both is not None:
            words = again_words(self._new, self._both, is_taken=self._takes_outdated)
            parts += [Content(""), Content.styled(words, "$text-accent")]
            self.again.display = True
            self.again.label = self._label("again", "Without" if self._takes_outdated else "Those too")
        self.detail.update(Content("\n").join(parts))

    @property
    def _has_outdated(self) -> bool:
        return self._new is not None and self._both is not None and self._both.media > self._new.media

    def _close(self, which: Which | None) -> None:
        if self.is_current:
            self.dismiss(which)

    @on(Button.Pressed, "#yes")
    def action_confirm(self) -> None:
        """Answer yes, once it is known to what."""
        if not self.yes.disabled:
            self.dismiss("outdated" if self._takes_outdated else "new")

    @on(Button.Pressed, "#again")
    def action_take_outdated(self) -> None:
        """Take what was analysed otherwise too, or leave it out again."""
        if self._has_outdated:
            self._takes_outdated = not self._takes_outdated
            self._show()

    @on(Button.Pressed, "#no")
    def action_decline(self) -> None:
        """Answer no."""
        self.dismiss(None)


def again_words(new: AnalysisEstimate, both: AnalysisEstimate, *, is_taken: bool) -> str:
    """Tell of how many media there is an analysis by other means, and what to have them analysed again takes.

    Args:
        new: What it takes without them.
        both: What it takes with them.
        is_taken: Whether they are taken.
    """
    media, requests = both.media - new.media, both.requests - new.requests
    money = (both.cost_microdollars or 0) - (new.cost_microdollars or 0)
    takes = f"{requests:,} {'request' if requests == 1 else 'requests'}"
    takes += f", probably {dollars(money)}" if money else ""
    if is_taken:
        return f"{media:,} media of these were analysed otherwise than now.\nAgain, they take {takes} of it."
    return f"{media:,} media more were analysed otherwise than now.\nAgain, they would take {takes}."


def estimate_content(found: AnalysisEstimate, width: int) -> Content:
    """Write what analyses take: how many requests, tokens and dollars, and what the budgets leave."""
    if not found.media:
        return Content("Nothing waits for an analysis.")
    facts: list[tuple[str, str | Content]] = [
        ("asked", f"{line(found.provider, 40)}: {line(found.model, 60)}"),
        ("media", _files(found)),
        ("answered", f"{found.answered:,} before, which cost nothing again" if found.answered else ""),
        ("requests", f"{found.requests:,}"),
    ]
    cost, most = found.cost_microdollars or 0, found.most_microdollars or 0
    if not most:
        return Content("\n").join([table(facts, width), Content("Nothing of it is paid for.")])
    grounds = f"as {found.examples:,} answers here took" if found.examples else "as such answers usually take"
    left = (f"{dollars(money)} {_NAMES[period]}" for period, money in found.left_microdollars.items())
    facts += [
        ("tokens", f"{found.input_tokens:,} in, {found.output_tokens:,} out, {grounds}"),
        ("probably", Content.styled(dollars(cost), "bold $text-primary")),
        ("at most", dollars(most)),
        ("left", ", ".join(left)),
    ]
    parts = [table(facts, width)]
    least = min(found.left_microdollars.values(), default=most)
    if most > least:
        words = "does not suffice" if cost > least else "may not suffice"
        warning = f"What is left {words}; what is over it stays as it is, to be asked again."
        parts += [Content(""), Content.styled(warning, "$text-warning")]
    return Content("\n").join(parts)


def elsewhere_content(found: AnalysisEstimate, width: int) -> Content:
    """Write how much workers elsewhere would analyse, whose settings this machine does not know."""
    words = "Workers elsewhere do it: their settings decide who is asked, and what it costs."
    return Content("\n").join([table([("media", _files(found))], width), Content(words)])


def _files(found: AnalysisEstimate) -> str:
    shared = f", {found.blobs:,} different files" if found.blobs < found.media else ""
    return f"{found.media:,} media{shared}"
