"""What screens on posts and media share: the verbs, and hearing of changes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.binding import BindingsMap
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget

from social_tui.tui.compositor import SparingCompositor
from social_tui.tui.opening import browse, copy, page_json, view_file
from social_tui.tui.presentation import (
    KIND_NAMES,
    changed_words,
    posts_words,
    requested_words,
    restored_words,
)
from social_tui.tui.screens.confirm import ask
from social_tui.tui.widgets.preview import Preview

if TYPE_CHECKING:
    from social_tui.models import Changed, JobKind, PostChange, PostSummary
    from social_tui.tui.app import SocialTuiApp
    from social_tui.tui.model import LibraryModel
    from social_tui.tui.records import Target

    Work = Callable[[LibraryModel, Target], Coroutine[Any, Any, object]]

# From so many posts on, what takes long, costs money or cannot be undone is asked for first.
ASK_FROM = 50
_DETAILS: dict[str, str] = {
    "download": "Links that die first come first; what failed before stays failed.",
    "verify": "A damaged or missing file is set back to be downloaded again.",
    "archive": "Each file is checked in the archive before its row says so.",
}
_NO_POST = "No post is selected."


class LibraryScreen(Screen[None]):
    """A screen on which posts or a media are selected, covered by its widgets."""

    BLANK: ClassVar[bool] = True
    app: SocialTuiApp

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._compositor = SparingCompositor()
        self._chain_from: Widget | None = None
        self._chain: list[tuple[DOMNode, BindingsMap]] = []

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        """Keep the styles that every widget got a moment ago, when the screen is shown for the first time."""
        event.refresh_styles = event.refresh_styles and self.stack_updates > 0

    @property
    def _binding_chain(self) -> list[tuple[DOMNode, BindingsMap]]:
        """The keys of what has the focus and of all around it, put together once and not twice a key."""
        if not self._chain or self._chain_from is not self.focused:
            self._chain, self._chain_from = super()._binding_chain, self.focused
        return self._chain

    @property
    def has_widgets(self) -> bool:
        """Whether its widgets are there: not before it is mounted, and no more while the app ends."""
        return self.is_mounted and self.app.is_running

    @property
    def target(self) -> Target | None:
        """What the keys act on."""
        return None

    @property
    def post(self) -> PostSummary | None:
        """The post under the cursor."""
        return None

    @property
    def doubt(self) -> str:
        """Why it is not certain what the keys would act on; empty when it is."""
        return ""

    def rows_changed(self, post_ids: frozenset[str] | None) -> None:
        """Hear that posts changed; None when any may have."""

    def pictures_changed(self) -> None:
        """Draw all pictures anew, or leave them out."""
        for preview in self.query(Preview):
            preview.redraw()

    @on(Preview.Wanted)
    def _draw_preview(self, message: Preview.Wanted) -> None:
        # Handled here: a message that a screen's own handler brought about goes no further than the screen.
        self.app.draw(message)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what there is something to do for."""
        if action == "retry":
            return self.app.figures.all_failed > 0
        if action == "cancel":
            return self.app.figures.all_open > 0
        if action == "undo":
            return bool(self.app.undoable)
        return True

    # Work on media.

    def action_request(self, kind: JobKind) -> None:
        """Queue work on what is selected."""

        if kind == "analyze":
            self._on_target(self._analyse)
            return

        async def work(model: LibraryModel, target: Target) -> None:
            result = await self.app.offload(model.request, kind, target)
            self.app.show_notice(requested_words(kind, result))

        verb = KIND_NAMES[kind].capitalize()
        self._on_target(work, lambda posts: (f"{verb} the media of {posts}?", _DETAILS[kind], verb))

    async def _analyse(self, model: LibraryModel, target: Target) -> None:
        """Have media analysed; first tell what that takes if it may cost money, is much or was done."""

        async def work(model: LibraryModel, target: Target, *, outdated: bool = False) -> bool:
            result = await self.app.offload(model.request, "analyze", target, outdated=outdated)
            self.app.show_notice(requested_words("analyze", result))
            return result.requested + result.already_queued > 0

        if target.count < ASK_FROM and not await self.app.offload(model.may_cost):
            if await work(model, target):
                return
            if not (await self.app.offload(model.estimate, target, outdated=True)).media:
                return
        from social_tui.tui.screens.estimate import EstimateScreen, Which

        def answer(which: Which | None) -> None:
            if which is not None:
                self._act(partial(work, outdated=which == "outdated"), target)

        self.app.push_screen(EstimateScreen(target), answer)

    def action_retry(self) -> None:
        """Try again what failed of what is selected."""

        async def work(model: LibraryModel, target: Target) -> None:
            count = await self.app.offload(model.retry, target)
            self.app.show_notice(f"{count:,} queued again." if count else "Nothing failed here.")

        detail = "What failed for good, such as a dead link, fails again."
        self._on_target(work, lambda posts: (f"Try again what failed of {posts}?", detail, "Retry"))

    def action_cancel(self) -> None:
        """Call off the jobs of what is selected."""

        async def work(model: LibraryModel, target: Target) -> None:
            count = await self.app.offload(model.cancel, target)
            self.app.show_notice(f"{count:,} called off." if count else "No jobs here.")

        detail = "What is finished stays; the rest can be asked for again."
        self._on_target(work, lambda posts: (f"Call off the jobs of {posts}?", detail, "Call off"))

    # Marks and tags, which can be undone.

    def action_mark(self) -> None:
        """Mark what is selected, or take the mark of the one post away that has it."""
        post, target = self.post, self.target
        is_one = target is not None and target.count == 1 and post is not None
        change: PostChange = "unmark" if is_one and post is not None and post.is_marked else "mark"
        self._change(change, self._certain_target())

    def action_unmark(self) -> None:
        """Take the marks of what is selected away."""
        self._change("unmark", self._certain_target())

    def action_tag(self, change: PostChange) -> None:
        """Tag what is selected, or take a tag away; asks which."""
        from social_tui.tui.screens.prompt import PromptScreen

        target = self._certain_target()
        if target is None:
            return

        def named(name: str | None) -> None:
            if name:
                self._change(change, target, name)

        def tags(model: LibraryModel, typed: str) -> list[str]:
            return [name for name, _ in model.suggest("tag", typed)]

        verb = "Tag for" if change == "tag" else "Tag to take from"
        self.app.push_screen(PromptScreen(f"{verb} {posts_words(target.count)}", suggest=tags), named)

    def _change(self, change: PostChange, target: Target | None, tag: str | None = None) -> None:
        async def work(model: LibraryModel, target: Target) -> None:
            changed = await self.app.offload(model.change, change, target, tag)
            self._changed(changed, changed_words(change, changed.changed, tag), target.posts.post_ids)

        if target is not None:
            self._act(work, target)

    def _changed(self, changed: Changed, words: str, post_ids: frozenset[str] | None) -> None:
        if changed.changed:
            self.app.undoable.append(changed)
            words += f" {self.app.keymap.shown('library.undo')} takes it back."
        self.app.show_notice(words)
        self.rows_changed(post_ids)
        self.refresh_bindings()

    def action_undo(self) -> None:
        """Take the last change of marks or tags back."""
        if not self.app.undoable:
            self.app.show_notice("There is nothing to undo.")
            return
        last = self.app.undoable.pop()

        async def work() -> None:
            model = await self.app.model()
            count = await self.app.offload(model.undo, last)
            self.app.show_notice(f"Undone: {posts_words(count)}.")
            self.rows_changed(None)
            self.refresh_bindings()

        self.app.start_beside("act", work)

    def action_restore(self) -> None:
        """Take files out of quarantine that are right after all: of the media, or of the post."""
        post, target = self.post, self.target
        media = target.media if target is not None else None

        async def work() -> None:
            model = await self.app.model()
            result = await self.app.offload(model.restore, post.post_id if post else None, media)
            self.app.show_notice(restored_words(result.queued, [path.name for path in result.damaged]))

        if post is None and media is None:
            self.app.show_notice(_NO_POST)
        else:
            self.app.start_beside("act", work)

    # The rest.

    def action_export(self) -> None:
        """Write what is selected to a file or a folder; asks which."""
        from social_tui.tui.exporting import NAMES, export, offered, question
        from social_tui.tui.screens.prompt import PromptScreen

        target = self._certain_target()
        if target is None:
            return

        def named(name: str | None) -> None:
            if name:
                self._act(lambda model, target: export(self.app, model, target, name), target)

        prompt = PromptScreen(question(target), value=NAMES[0], suggest=lambda _, typed: offered(typed))
        self.app.push_screen(prompt, named)

    def action_open_raw(self) -> None:
        """Show the raw JSON of the post under the cursor."""
        from social_tui.tui.screens.raw import RawScreen

        if self.post is None:
            self.app.show_notice(_NO_POST)
        else:
            self.app.push_screen(RawScreen(self.post))

    def action_page_json(self) -> None:
        """Show the raw JSON of the post under the cursor in the pager."""
        if self.post is None:
            self.app.show_notice(_NO_POST)
        else:
            self.app.start("external", page_json, self.app, self.post.post_id)

    def action_browse(self) -> None:
        """Open the page of the post under the cursor in the browser."""
        if self.post is None or not self.post.url:
            self.app.show_notice("No post with a link is selected.")
        else:
            self.app.start("external", browse, self.app, self.post.url)

    def action_view_file(self) -> None:
        """Open the captured file of the selected media in another program."""
        post, target = self.post, self.target
        media = target.media if target is not None else None
        if post is None and media is None:
            self.app.show_notice(_NO_POST)
        else:
            self.app.start("external", view_file, self.app, post.post_id if post else None, media)

    def action_copy_link(self) -> None:
        """Copy the link of the post under the cursor."""
        copy(self.app, self.post.url if self.post is not None else None, "link")

    def action_copy_text(self) -> None:
        """Copy the words of the post under the cursor."""
        copy(self.app, self.post.text_content if self.post is not None else None, "text")

    def _certain_target(self) -> Target | None:
        """Return what is selected; where nothing is, or it is not certain what, say so."""
        target = self.target
        if target is not None and not self.doubt:
            return target
        self.app.show_notice(self.doubt or _NO_POST, "warning" if self.doubt else "information")
        return None

    def _act(self, work: Work, target: Target) -> None:
        async def act() -> None:
            await work(await self.app.model(), target)

        self.app.start_beside("act", act)

    def _on_target(self, work: Work, question: Callable[[str], tuple[str, str, str]] | None = None) -> None:
        """Do something with what is selected; with a question and many posts, ask first."""
        target = self._certain_target()
        if target is None:
            return
        start = partial(self._act, work, target)
        if question is not None and target.count >= ASK_FROM:
            ask(self.app, question(posts_words(target.count)), start)
        else:
            start()
