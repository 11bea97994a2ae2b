"""Which keys do what: the registry's defaults, and over them what people chose in ``config.toml``."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from social_tui.errors import ConfigurationError
from social_tui.tui.actions import ACTIONS, PLACES, SCOPES, SHOWN_KEYS, Action, Scope, in_scope, key_name

DEFAULT = "default"
_MODIFIERS = ("ctrl", "shift", "alt", "super", "hyper", "meta")
_NAMES_OF_SHOWN = {shown: key for key, shown in SHOWN_KEYS.items()}
# What terminals send for these is the same, so that neither can be told from the other.
_SAME = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+left_square_bracket": "escape",
    "return": "enter",
    "esc": "escape",
}


class _Choice(NamedTuple):
    """The keys of an action and the file that chose them."""

    keys: tuple[str, ...]
    source: str


class Keymap:
    """The keys in force.

    Args:
        choices: For each action's id its keys, the one to show first, and who chose them.
    """

    def __init__(self, choices: Mapping[str, _Choice]) -> None:
        self._choices = dict(choices)

    def keys(self, action_id: str) -> tuple[str, ...]:
        """Return Textual's names of an action's keys; none where nothing is bound to it."""
        choice = self._choices.get(action_id)
        return choice.keys if choice is not None else ()

    def source(self, action_id: str) -> str:
        """Return the file that chose an action's keys, or ``default``."""
        return self._choices[action_id].source

    def shown(self, action_id: str) -> str:
        """Write an action's first key as people know it; empty where it has none."""
        return next(map(key_name, self.keys(action_id)), "")

    def all_shown(self, action_id: str) -> str:
        """Write all keys of an action as people know them."""
        return " ".join(map(key_name, self.keys(action_id)))

    def has(self, action: Action) -> bool:
        """Tell whether an action exists for this person at all, be it without a key."""
        return action.id in self._choices

    def for_reading(self) -> Keymap:
        """Return the same keys without the actions that change the library."""
        changing = {action.id for action in ACTIONS if action.changes}
        return Keymap({name: choice for name, choice in self._choices.items() if name not in changing})

    def for_textual(self) -> dict[str, str]:
        """Return what :meth:`textual.app.App.set_keymap` takes."""
        return {name: ",".join(choice.keys) for name, choice in self._choices.items() if choice.keys}


def build_keymap(tables: Sequence[tuple[str, Mapping[str, object]]] = ()) -> Keymap:
    """Lay the tables of some files over the defaults.

    Args:
        tables: For each file its name and its table ``[keys]``; a later one wins, action by action.

    Returns:
        The keys in force.

    Raises:
        ConfigurationError: If an action or a key does not exist, or a key would mean two things in one
            place; it names the file, the key and the actions.
    """
    choices = {action.id: _Choice(action.keys, DEFAULT) for action in ACTIONS}
    for source, table in tables:
        for name, value in _flat(table):
            if name not in choices:
                raise _unknown_action(source, name, list(choices))
            choices[name] = _Choice(_keys(source, name, value), source)
    for place in PLACES:
        _refuse_clashes([action for scope in place for action in in_scope(scope)], choices)
    if not choices["app.quit"].keys:
        raise ConfigurationError(f"{choices['app.quit'].source}: [keys] app.quit needs a key.")
    return Keymap(choices)


def key_table(keymap: Keymap, scopes: Iterable[Scope] = tuple(SCOPES)) -> str:
    """Write keys as Markdown: a heading and a table for each scope."""
    parts = []
    for scope in scopes:
        title = SCOPES[scope]
        rows = [
            f"| {' '.join(f'`{key_name(key)}`' for key in keymap.keys(action.id))} "
            f"| `{action.id}` | {action.label} | {action.help} |"
            for action in in_scope(scope)
        ]
        head = [f"### {title}", "", "| keys | action | name | what it does |", "|---|---|---|---|"]
        parts.append("\n".join([*head, *rows]))
    return "\n\n".join(parts) + "\n"


def parse_key(text: str) -> str | None:
    """Return Textual's name of a key as people write it: ``?``, ``^f``, ``ctrl+f``, ``pgdn``, ``f5``.

    Returns:
        The name that arrives when the key is pressed; None where there is no such key.
    """
    text = _NAMES_OF_SHOWN.get(text, text)
    if len(text) == 2 and text[0] == "^":
        text = f"ctrl+{text[1]}"
    modifiers, base = ([], text) if text in ("+", "ctrl++") else _split(text)
    key = _base_key(base)
    if key is None or any(each not in _MODIFIERS for each in modifiers):
        return None
    if "shift" in modifiers and len(key) == 1:
        modifiers.remove("shift")
        key = key.upper()
    if modifiers and len(key) == 1:
        key = key.lower()
    ordered = [each for each in _MODIFIERS if each in modifiers]
    whole = "+".join([*ordered, key])
    return _SAME.get(whole, whole)


def _split(text: str) -> tuple[list[str], str]:
    *modifiers, base = text.split("+")
    return [each.lower() for each in modifiers], base


def _base_key(text: str) -> str | None:
    """Return the name of a key without modifiers."""
    from textual.keys import REPLACED_KEYS, _character_to_key, key_to_character

    if len(text) == 1:
        return _character_to_key(text) if text.isprintable() else None
    name = text.lower()
    if name in _known_names() or name in _SAME:
        return _SAME.get(name, name)
    character = key_to_character(REPLACED_KEYS.get(name, name))
    return _character_to_key(character) if character is not None and character.isprintable() else None


@cache
def _known_names() -> frozenset[str]:
    """Return the names of keys that stand for no character."""
    from textual.keys import Keys

    return frozenset(key.value for key in Keys if key.value.isalnum())


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield each action and its value; without quotation marks TOML makes tables of the dots."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _keys(source: str, name: str, value: object) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ConfigurationError(f"{source}: [keys] {name} must be a key or a list of keys.")
    found: dict[str, None] = {}
    for text in texts:
        key = parse_key(text)
        if key is None:
            near = _nearest(text.rpartition("+")[2], [*_known_names(), *_NAMES_OF_SHOWN, *SHOWN_KEYS])
            raise ConfigurationError(
                f"{source}: [keys] {name}: there is no key {text!r}.", hint=f"Did you mean {near}?"
            )
        found[key] = None
    return tuple(found)


def _refuse_clashes(actions: Sequence[Action], choices: Mapping[str, _Choice]) -> None:
    taken: dict[str, Action] = {}
    for action in actions:
        for key in choices[action.id].keys:
            other = taken.setdefault(key, action)
            if other is not action:
                sources = [choices[each.id].source for each in (action, other)]
                source = next((each for each in sources if each != DEFAULT), DEFAULT)
                raise ConfigurationError(
                    f"{source}: [keys] the key {key_name(key)} would mean both "
                    f"{_told(other, choices)} and {_told(action, choices)}.",
                    hint="Give one of them another key, or none with [].",
                )


def _told(action: Action, choices: Mapping[str, _Choice]) -> str:
    return f"{action.id} (its default)" if choices[action.id].source == DEFAULT else action.id


def _unknown_action(source: str, name: str, valid: list[str]) -> ConfigurationError:
    return ConfigurationError(
        f"{source}: [keys] there is no action {name!r}.",
        hint=f"Did you mean {_nearest(name, valid)}? 'social-tui keys' lists all.",
    )


def _nearest(name: str, valid: Sequence[str]) -> str:
    return " or ".join(difflib.get_close_matches(name, valid, n=3, cutoff=0.4) or valid[:1])
