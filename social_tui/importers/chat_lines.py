"""Reads the messages of a chat that WhatsApp exported as a text (``_chat.txt``), one by one, as items.

https://faq.whatsapp.com/1180414079177245: the text is in the language of the phone, its days are written as
that country writes them, and its times are those of the phone. Nothing in the file says which.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from social_tui.importers.items import Fault, Item
from social_tui.importers.text_window import MAX_ITEM_CHARACTERS, READ_ERRORS, ByteSource, text_lines

#: By so many messages it is decided how days are written, or by fewer that are as long as this together.
_LOOKED_AT = 2_000
_LOOKED_AT_CHARACTERS = 4 * 1024 * 1024
_TOO_LONG = f"a message is longer than {MAX_ITEM_CHARACTERS:,} characters"
#: The beginning of a message: ``[13.02.24, 10:11:12] `` of iPhones, ``2/13/24, 9:00 AM - `` of other phones.
_BEGINNING = re.compile(
    r"\u200e?(\[)?(\d{1,4})([./-])(\d{1,2})\3(\d{1,4}),?\s"
    r"(\d{1,2})[:.](\d\d)(?:[:.](\d\d))?(?:\s?([AaPp])\.?\s?[Mm]\.?)?(?(1)\]\s|\s-\s)"
)
_SENDER = re.compile(r"([^:\n\u200e]{1,100}):[ \n]")
_ORDERS = ("dmy", "mdy")

Stamp = tuple[str, ...]


@dataclass(slots=True)
class _Message:
    stamp: Stamp
    text: str


def looks_like_chat(head: str) -> bool:
    """Tell whether a text begins as an exported chat does."""
    return _BEGINNING.match(head.lstrip("\ufeff")) is not None


def read_messages(source: ByteSource) -> Iterator[Item | Fault]:
    """Read the messages of a chat.

    Args:
        source: The file's bytes, in UTF-8.

    Yields:
        An item for each message: ``sent`` as the phone told it in ISO 8601, ``from``, ``text``, and
        ``again``, which counts messages that are the same in all that; a fault in place of one that cannot
        be read.
    """
    messages = _messages(source)
    first = _first(messages)
    order = _order([each.stamp for each in first if isinstance(each, _Message)])
    seen: Counter[bytes] = Counter()
    latest: datetime | None = None
    for number, message in enumerate(itertools.chain(first, messages), 1):
        if isinstance(message, str):
            yield Fault(number, message)
            continue
        moment = _moment(message.stamp, order)
        if moment is None:
            yield Fault(number, "is a message of a day that does not exist")
            continue
        if moment != latest:  # only messages of the same moment can be the same
            latest = moment
            seen.clear()
        match = _SENDER.match(message.text)
        sender = match[1].strip(" ~\u202f\u00a0\u202a\u202c") if match else None
        text = message.text[match.end() :] if match else message.text
        same = hashlib.sha256(f"{sender}\0{text}".encode("utf-8", "surrogatepass")).digest()
        value: dict[str, Any] = {
            "whatsapp_chat": 1,
            "sent": moment.isoformat(),
            "from": sender,
            "text": text.rstrip("\n"),
            "again": seen[same],
        }
        seen[same] += 1
        yield Item(number, value, json.dumps(value, ensure_ascii=False))


def _first(messages: Iterator[_Message | str]) -> list[_Message | str]:
    """Take the messages off the beginning by which it is decided how days are written."""
    first: list[_Message | str] = []
    held = 0
    for message in itertools.islice(messages, _LOOKED_AT):
        first.append(message)
        held += len(message.text) if isinstance(message, _Message) else 0
        if held > _LOOKED_AT_CHARACTERS:
            break
    return first


def _messages(source: ByteSource) -> Iterator[_Message | str]:
    """Yield the messages as they stand, or why one cannot be had."""
    stamp: Stamp | None = None
    text = io.StringIO()  # adding each line to a string would copy the whole message each time
    try:
        for line in text_lines(source):
            if match := _BEGINNING.match(line):
                if stamp is not None:
                    yield _Message(stamp, text.getvalue())
                stamp, text = match.groups("")[1:], io.StringIO()
                text.write(line[match.end() :])
            elif stamp is not None:
                text.write(line)
            if stamp is not None and text.tell() > MAX_ITEM_CHARACTERS:
                yield _TOO_LONG
                stamp = None
            if not line.isascii() and any("\udc80" <= character <= "\udcff" for character in line):
                yield "is not UTF-8"
                stamp = None
    except READ_ERRORS:
        yield "the data cannot be read on"
        return
    if stamp is not None:
        yield _Message(stamp, text.getvalue())


def _order(stamps: Sequence[Stamp]) -> str:
    """Tell how days are written: so that all of them exist and the messages follow each other.

    Where both ways are as good, the month comes first with a clock of twelve hours.
    """
    if stamps and (stamps[0][1] == "." or len(stamps[0][0]) > 2):
        return "dmy"  # years that stand first are told by themselves
    faults = {}
    for order in _ORDERS:
        moments = [_moment(stamp, order) for stamp in stamps]
        known = [each for each in moments if each is not None]
        backwards = sum(later < earlier for earlier, later in itertools.pairwise(known))
        faults[order] = (len(moments) - len(known), backwards)
    if faults["dmy"] == faults["mdy"]:
        return "mdy" if any(stamp[7] for stamp in stamps) else "dmy"
    return min(_ORDERS, key=faults.__getitem__)


def _moment(stamp: Stamp, order: str) -> datetime | None:
    first, _, second, third, hour, minute, seconds, half = stamp
    if len(first) == len("2024"):
        year, month, day = first, second, third
    else:
        year = third
        day, month = (first, second) if order == "dmy" else (second, first)
    hours = int(hour) % 12 + 12 * (half in "Pp") if half else int(hour)
    century = 2000 if len(year) < len("2024") else 0
    try:
        return datetime(century + int(year), int(month), int(day), hours, int(minute), int(seconds or 0))  # noqa: DTZ001 - it names none
    except ValueError:
        return None
