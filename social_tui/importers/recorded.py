"""Takes apart what Zeeschuimer records and 4CAT keeps: objects of other networks with a note of their origin.

Zeeschuimer: https://github.com/digitalmethodsinitiative/zeeschuimer; 4CAT puts the same object beside the
note instead of into it: https://github.com/digitalmethodsinitiative/4cat, ``common/lib/helpers.py``
"""

from __future__ import annotations

from typing import Any

_NOTE = "__import_meta"


def is_record(value: Any) -> bool:
    """Tell whether a JSON value is an object of another network with a note around it or beside it."""
    if not isinstance(value, dict):
        return False
    is_around = "source_platform" in value and bool({"item_id", "timestamp_collected"} & value.keys())
    return (is_around and isinstance(value.get("data"), dict)) or isinstance(value.get(_NOTE), dict)


def unwrap(value: Any) -> Any:
    """Return the object of the other network, or the value itself where there is no note."""
    if not is_record(value):
        return value
    if isinstance(value.get(_NOTE), dict):
        return {name: member for name, member in value.items() if name != _NOTE}
    return value["data"]
