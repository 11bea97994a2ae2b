"""The box in which a filter is typed, with what is wrong with it and what may come next."""

from __future__ import annotations

from typing import ClassVar, Final

from rich.highlighter import Highlighter
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.widgets import Input, Static

from social_tui.filters import LONGEST_TEXT, Completion, Completions, Parsed, Problem, TokenKind
from social_tui.tui.actions import bindings
from social_tui.tui.cells import fit, line
from social_tui.tui.widgets.line_list import Cell, LineList
from social_tui.tui.widgets.settled import settled_size

MOST_COMPLETIONS: Final = 8
_LABEL_WIDTH: Final = 24
_STYLES: Final[dict[TokenKind, str]] = {
    "negation": "bold red",
    "field": "bold cyan",
    "operator": "cyan",
    "value": "",
    "word": "",
    "phrase": "italic",
    "or": "cyan",
}


class _Colours(Highlighter):
    """Colours a filter by what its parts are; wrong ones are underlined."""

    def __init__(self) -> None:
        self.parsed: Parsed | None = None

    def highlight(self, text: Text) -> None:
        if self.parsed is None:
            return
        for token in self.parsed.tokens:
            text.stylize(_STYLES[token.kind], token.start, token.end)
        for problem in self.parsed.problems:
            text.stylize("underline red", problem.start, problem.end)


class FilterInput(Input):
    """The box itself."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("search")]
    virtual_size = settled_size()

    class Asked(Message):
        """A key was pressed that the bar answers.

        Args:
            what: ``keep``, ``leave``, ``complete``, ``next`` or ``previous``.
        """

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def action_ask(self, what: str) -> None:
        """Pass a key on to the bar."""
        self.post_message(self.Asked(what))


class CompletionList(LineList):
    """What may come next; it never takes the focus from the box."""

    can_focus = False

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._items: tuple[Completion, ...] = ()

    @property
    def row_count(self) -> int:
        """How many there are."""
        return len(self._items)

    @property
    def current(self) -> Completion | None:
        """The one under the cursor."""
        return self._items[self.cursor] if self.cursor < len(self._items) else None

    def show(self, items: tuple[Completion, ...]) -> None:
        """Show others."""
        self._items = items[:MOST_COMPLETIONS]
        self.styles.height = len(self._items) + 1
        self.rows_changed()
        self.move_to(0)

    def step(self, by: int) -> None:
        """Move over them, round and round."""
        if self._items:
            self.move_to((self.cursor + by) % len(self._items))

    def header_cells(self, width: int) -> list[Cell]:
        """Say which keys take one."""
        return [(fit(" ↑ ↓ choose  tab takes it", width), "header")]

    def row_cells(self, index: int, width: int) -> list[Cell]:
        """Draw one: what it is, and what it means."""
        item = self._items[index]
        return [
            (" " + fit(line(item.label), _LABEL_WIDTH), "strong"),
            (" " + fit(line(item.note), max(width - _LABEL_WIDTH - 2, 0)), "muted"),
        ]


class FilterBar(Vertical):
    """Says what was typed; who owns it says what it means and what may come next."""

    virtual_size = settled_size()
    box = query_one("#filter-box", FilterInput)
    completions = query_one("#completions", CompletionList)
    problem = query_one("#filter-problem", Static)

    class Changed(Message):
        """Another filter stands in the box."""

        def __init__(self, text: str, cursor: int) -> None:
            super().__init__()
            self.text = text
            self.cursor = cursor

    class Kept(Message):
        """The filter stays; on to the list."""

    class Left(Message):
        """The filter is over."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._colours = _Colours()
        self._offered = Completions(0, 0, ())
        self._offered_for = ""
        self._will_take = False

    def compose(self) -> ComposeResult:
        """Lay out the box and what hangs under it."""
        yield FilterInput(
            id="filter-box",
            placeholder='words, "a phrase", -without, author:… status:failed has:image after:7d …',
            max_length=LONGEST_TEXT,
            compact=True,
            select_on_focus=False,
            highlighter=self._colours,
        )
        yield Static(id="filter-problem", markup=False)
        yield CompletionList(id="completions")

    @property
    def text(self) -> str:
        """What stands in the box."""
        return self.box.value

    def put(self, text: str) -> None:
        """Put another filter into the box."""
        if text != self.box.value:
            self.box.value = text
            self.box.cursor_position = len(text)

    def tell(self, parsed: Parsed) -> None:
        """Colour the filter, and show the first thing that is wrong with it under its word."""
        self._colours.parsed = parsed
        self.box.refresh()
        problem = parsed.problems[0] if parsed.problems and not self._is_in_midst() else None
        self.problem.display = problem is not None
        if problem is not None:
            self.problem.update(_problem_content(problem, self.size.width))

    def _is_in_midst(self) -> bool:
        """Tell whether a value is about to be typed, so that it is no mistake that there is none."""
        return self.box.has_focus and self.text[: self.box.cursor_position].endswith((":", "<", ">", "="))

    def offer(self, completions: Completions, text: str) -> None:
        """Show what may come next; nothing hides the list.

        Args:
            completions: What may come next, and what it replaces in the filter.
            text: The filter that it was found for; another may have been typed since.
        """
        self._offered, self._offered_for = completions, text
        is_open = bool(completions.items) and self.box.has_focus
        self.completions.display = is_open
        if is_open:
            self.completions.show(completions.items)
        if self._will_take and self._is_current:
            self._take()

    @property
    def _is_current(self) -> bool:
        """Whether what is offered belongs to what stands in the box."""
        return self.text == self._offered_for

    @on(Input.Changed, "#filter-box")
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        self._will_take = False
        self.post_message(self.Changed(message.value, self.box.cursor_position))

    @on(FilterInput.Asked)
    def _asked(self, message: FilterInput.Asked) -> None:
        message.stop()
        is_open = self.completions.display
        self._will_take = message.what == "complete" and not self._is_current
        if message.what == "leave" and is_open:
            self.completions.display = False
        elif message.what == "leave":
            self.box.value = ""
            self.post_message(self.Left())
        elif message.what == "keep":
            self.completions.display = False
            self.post_message(self.Kept())
        elif message.what == "complete":
            self._take()
        elif is_open:
            self.completions.step(1 if message.what == "next" else -1)
        elif message.what == "next":
            self.post_message(self.Kept())

    def on_descendant_blur(self) -> None:
        """Close the list: what is offered between the key and the leaving would open it again."""
        self.completions.display = False

    @on(LineList.Chosen, "#completions")
    def _take(self) -> None:
        item = self.completions.current
        # A key may be faster than the list: one that was found for another text would replace the wrong part.
        if item is None or not self.completions.display or not self._is_current:
            return
        self._will_take = False
        text = self.box.value
        before = text[: self._offered.start] + item.insert
        self.box.value = before + text[self._offered.end :]
        self.box.cursor_position = len(before)
        self.type_on()

    def type_on(self) -> None:
        """Type on."""
        self.box.focus()


def _problem_content(problem: Problem, width: int) -> Content:
    """Write what is wrong so that it begins under its word, as far as there is room."""
    words = f"▲ {problem.message} {problem.hint}".rstrip()
    indent = max(min(problem.start + 1, width - len(words) - 1), 1)
    return Content.assemble(" " * indent, (words, "$text-error"))
