"""Takes posts out of export files: one module per format, one streaming reader for all."""

from __future__ import annotations

from social_tui.importers.protocol import PassedOver
from social_tui.importers.reading import is_known, iter_posts, parse_post
from social_tui.importers.regrouping import iter_files
from social_tui.importers.sources import find_files, is_export, rejection

__all__ = [
    "PassedOver",
    "find_files",
    "is_export",
    "is_known",
    "iter_files",
    "iter_posts",
    "parse_post",
    "rejection",
]
