"""The grammar of JSON above the items: lists, the objects around them and what stands between values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Generator, Iterator
from typing import Any

from social_tui.importers.items import Fault, Item, Levels, in_context
from social_tui.importers.protocol import EVERY, Path, Stream, has_stream, paths_by_name
from social_tui.importers.strict_json import MAX_DEPTH, StrictDecoder, is_too_deep
from social_tui.importers.text_window import MAX_ITEM_CHARACTERS, BrokenTextError, TextWindow

#: Lists of posts have no text as their first member; messages of programs have their kind there.
_TEXT_FIRST = re.compile(r'\[[ \t\n\r]*+"')
_FIRST_MEMBER = re.compile(r"\[[ \t\n\r]*+[^ \t\n\r]")
_LONGEST_CONTEXT = 2000
_LARGEST_FIRST_MEMBER = 2 * 2**20
_NEAR = 2 * 2**20  # characters; to step over an item before it is decoded takes longer
_LONGEST_TOKEN = 12  # of what the end of the window may cut in two, such as an escaped surrogate pair
_TOO_DEEP = f"is nested deeper than {MAX_DEPTH} levels"
TOO_LARGE = f"is larger than {MAX_ITEM_CHARACTERS // 2**20} MiB"


class JsonReader:
    """The grammar above the items: lists, the objects around them and what stands between values."""

    def __init__(self, streams: Collection[Stream], claims: Callable[[Any], bool]) -> None:
        self.count = 0
        self._streams = {stream.path: stream for stream in streams}
        self._paths = paths_by_name(self._streams)
        self._claims = claims
        self._context = frozenset(name for stream in streams for name in stream.context)
        self._on_the_way = frozenset(
            path[:length] for path in self._streams for length in range(1, len(path))
        )
        self._decoder = StrictDecoder()
        self._window = TextWindow(None)
        #: Where the list begins of an object that a format takes whole: characters after the mark, and path.
        self._claimed: tuple[int, Path] | None = None

    def is_by_line(self, window: TextWindow, *, claimed: bool) -> bool:
        """Tell whether the first line is a whole value; in files that claim so, the second may stand in."""
        lines = [line for line in window.text[window.at :].split("\n", 4)[:-1] if line.strip()]
        if not lines:
            return False
        if self._is_whole(lines[0]):
            return True
        return claimed and lines[0].strip() not in ("[", "{") and any(map(self._is_whole, lines[1:]))

    def _is_whole(self, line: str) -> bool:
        text = line.strip()
        try:
            return text[0] in "[{" and self._decoder.decode(text)[1] == len(text)
        except (ValueError, RecursionError):
            return False

    def broken_item(self, reason: str) -> Fault:
        """Return the fault for the item that was to come when the text broke."""
        self.count += 1
        return Fault(self.count, reason)

    def read(self, window: TextWindow, *, end: str = "") -> Iterator[Item | Fault]:
        """Read every value that stands at the top of a text, but signs that only end the script around it."""
        self._window = window
        while first := window.peek():
            if first == "[":
                message = self._message()
                yield from (self._list() if message is None else (message,))
            elif first == "{":
                yield from self._object()
            elif first in end:
                window.at += 1
            else:
                raise BrokenTextError(
                    f"is not JSON at byte {window.offset()}: a list or an object should begin there",
                    has_rest=True,
                )

    def _message(self) -> Item | Fault | None:
        """Read the list at the position if a format takes it whole, else None."""
        if not _TEXT_FIRST.match(self._window.text, self._window.at):
            return None
        decoded = self._decode_in_window(ahead=_NEAR)
        return self._item(decoded) if decoded and self._claims(decoded[0]) else None

    def read_line(self, text: str) -> Item | None:
        """Decode a line that is one sound object and nothing else, as most are; None where it is not."""
        try:
            value, end = self._decoder.decode(text)
            text.encode()
        except (ValueError, RecursionError):
            return None
        is_sound = (
            end == len(text) and isinstance(value, dict) and not self._decoder.fault and not is_too_deep(text)
        )
        if not is_sound or ((holds_items := has_stream(value, self._paths)) and not self._claims(value)):
            return None
        self.count += 1
        return Item(self.count, value, text, holds_items)

    def _list(self, stream: Stream | None = None, levels: Levels = ()) -> Iterator[Item | Fault]:
        for _ in self._members_of_list():
            item = self._item(self._decode_in_window(ahead=_NEAR))
            # Whose list a null stands in tells what is missing there.
            if stream is not None and isinstance(item, Item) and (stream.context or item.value is None):
                item = in_context(item, stream, levels)
            yield item

    def _members_of_list(self) -> Iterator[None]:
        """Stop at every member of the list at the position; whoever asked steps over it."""
        window = self._window
        window.at += 1
        if window.peek() == "]":
            window.at += 1
            return
        while True:
            self._expect_value()
            yield
            if self._step("]"):
                return

    def _object(self) -> Iterator[Item | Fault]:
        """Read an object at the top, which is an item or has lists of them in it.

        One that lies whole in the window is simply decoded. A larger one is searched for a list on the
        way, keeping its text for the case that it turns out to be an item itself.
        """
        window = self._window
        decoded = self._decode_in_window()
        if decoded and (not has_stream(decoded[0], self._paths) or self._claims(decoded[0])):
            yield self._item(decoded)
            return
        window.mark = window.at
        self._claimed = None
        try:
            found = yield from self._members((), ())
        except BrokenTextError:
            yield from self._rest_of_claimed()
            raise
        if not found:
            yield self._take_marked()

    def _rest_of_claimed(self) -> Iterator[Item | Fault]:
        """Read, of an object that a format would have taken whole, the list that stands before the break."""
        window = self._window
        if self._claimed is None or window.mark is None:
            return
        ahead, path = self._claimed
        window.at, window.mark = window.mark + ahead, None
        try:
            for item in self._list():
                yield in_context(item, Stream(path), ({},) * len(path)) if isinstance(item, Item) else item
        except BrokenTextError:
            return

    def _members(self, path: Path, levels: Levels) -> Generator[Item | Fault, None, bool]:
        """Step through the members of an object, reading the lists that are streams.

        Args:
            path: The names that lead to the object.
            levels: What is known of the objects around it, the outermost first.

        Returns:
            Whether there was such a list.
        """
        window = self._window
        window.at += 1
        found = False
        context: dict[str, str] = {}
        levels = (*levels, context)
        if window.peek() == "}":
            window.at += 1
            return found
        while True:
            if window.peek() != '"':
                raise self._unexpected("a name")
            name = self._name(window.take_key())
            if window.peek() != ":":
                raise self._unexpected("a colon")
            window.at += 1
            first = self._expect_value()
            if first in "[{":
                found = (yield from self._inner((*path, name), first, levels)) or found
            elif name in self._context and (text := self._take_scalar()):
                context[name] = text
            elif name not in self._context:
                window.skip_value()
            if self._step("}"):
                return found

    def _name(self, text: str) -> str:
        """Return a name as it is meant, whatever was escaped in it."""
        try:
            return str(self._decoder.decode(f'"{text}"')[0]) if "\\" in text else text
        except ValueError:
            return text

    def _inner(self, path: Path, first: str, levels: Levels) -> Generator[Item | Fault, None, bool]:
        """Step over a list or an object, reading the streams that are in it; tell whether there were any."""
        window = self._window
        stream = self._streams.get(path) if first == "[" else None
        found = False
        if stream is not None and self._is_claimed(path):
            self._claimed = (window.at - window.mark, path) if window.mark is not None else None
            window.skip_value()
        elif stream is not None:
            window.mark = None
            yield from self._list(stream, levels)
            found = True
        elif first == "{" and path in self._on_the_way:
            found = yield from self._members(path, levels)
        elif first == "[" and (*path, EVERY) in self._on_the_way:
            for _ in self._members_of_list():
                if window.peek() == "{":
                    found = (yield from self._members((*path, EVERY), ())) or found
                else:
                    window.skip_value()
        else:
            window.skip_value()
        return found

    def _is_claimed(self, path: Path) -> bool:
        """Tell by the first member of the list at the position whether a format takes the object whole."""
        window = self._window
        while not (match := _FIRST_MEMBER.match(window.text, window.at)):
            if not window.fill():
                return False
        ahead = match.end() - 1 - window.at
        while True:
            try:
                value: Any = [self._decoder.decode(window.text, window.at + ahead)[0]]
                break
            except (ValueError, RecursionError):
                if len(window.text) - window.at > _LARGEST_FIRST_MEMBER or not window.fill():
                    return False
        for name in reversed(path):
            value = {name: value}
        return self._claims(value)

    def _take_scalar(self) -> str:
        """Step over a text or a number and return it as it stands; nothing where it is long or unsound."""
        window = self._window
        marked = window.mark is not None
        if not marked:
            window.mark = window.at
        ahead = window.at - (window.mark or 0)
        window.skip_value()
        if window.mark is None:
            return ""
        text = window.text[window.mark + ahead : window.at]
        if not marked:
            window.mark = None
        try:
            is_sound = len(text) <= _LONGEST_CONTEXT and self._decoder.decode(text)[1] == len(text)
            text.encode()
        except ValueError:
            return ""
        return text if is_sound and not self._decoder.fault else ""

    def _expect_value(self) -> str:
        first = self._window.peek()
        if first in ("", ",", ":", "]", "}"):
            raise self._unexpected("a value")
        return first

    def _step(self, end: str) -> bool:
        """Step over what follows a value: a comma, or the end, for which True is returned."""
        following = self._window.peek()
        if following not in (",", end) or not following:
            raise self._unexpected(f"a comma or {end!r}")
        self._window.at += 1
        return following == end

    def _unexpected(self, expected: str) -> BrokenTextError:
        window = self._window
        if not window.peek():
            return window.broken_off()
        return BrokenTextError(
            f"is not JSON at byte {window.offset()}: {expected} should stand there", has_rest=True
        )

    def _decode_in_window(self, *, ahead: int = 0) -> tuple[Any, int] | None:
        """Decode the value at the position if it is sound and ends in the window or so near, else None."""
        window = self._window
        while True:
            try:
                value, end = self._decoder.decode(window.text, window.at)
            except json.JSONDecodeError as error:
                is_cut = (
                    error.msg.startswith("Unterminated") or error.pos >= len(window.text) - _LONGEST_TOKEN
                )
                if is_cut and len(window.text) - window.at < ahead and window.fill():
                    continue
                return None
            except (ValueError, RecursionError):
                return None
            # A number near the end of the window may go on behind it.
            return (value, end) if isinstance(value, dict | list | str) else None

    def _item(self, decoded: tuple[Any, int] | None) -> Item | Fault:
        """Step over the item at the position, decoded already or not."""
        window = self._window
        if decoded is None:
            window.mark = window.at
            window.skip_value()
            return self._take_marked()
        self.count += 1
        start, window.at = window.at, decoded[1]
        return self._checked(decoded[0], start)

    def _take_marked(self) -> Item | Fault:
        """Decode the item that ends at the position and begins at the mark, if it was kept."""
        self.count += 1
        window = self._window
        start, window.mark = window.mark, None
        if start is None or window.at - start > MAX_ITEM_CHARACTERS:
            return Fault(self.count, TOO_LARGE)
        raw = window.text[start : window.at]
        if is_too_deep(raw):
            return Fault(self.count, _TOO_DEEP)
        try:
            value, end = self._decoder.decode(raw)
        except json.JSONDecodeError as error:
            return self._malformed(start + error.pos, error.msg)
        except ValueError:
            return Fault(self.count, "has a number with too many digits")
        if end < len(raw):
            return self._malformed(start + end, "Extra data")
        return self._checked(value, start)

    def _malformed(self, index: int, why: str) -> Fault:
        why = why.rstrip(": ").removesuffix(" at").lower()
        return Fault(self.count, f"is not JSON at byte {self._window.offset(index)}: {why}")

    def _checked(self, value: Any, start: int) -> Item | Fault:
        raw = self._window.text[start : self._window.at]
        if self._decoder.fault:
            return Fault(self.count, self._decoder.fault)
        if is_too_deep(raw):
            return Fault(self.count, _TOO_DEEP)
        if not raw.isascii():
            try:
                raw.encode("utf-8")
            except UnicodeEncodeError as error:
                byte = self._window.offset(start + error.start)
                return Fault(self.count, f"is not UTF-8 at byte {byte}")
        return Item(self.count, value, raw)
