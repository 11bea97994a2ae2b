"""What is asked of the disk, in its order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def spy_on_disk(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that each step is added to: ``begin``, ``fsync``, ``rename``; on Linux alone."""
    steps: list[str] = []
    fsync, advise, rename = os.fsync, os.posix_fadvise, Path.replace

    def spied_fsync(descriptor: int) -> None:
        steps.append(f"fsync {Path(f'/proc/self/fd/{descriptor}').readlink().suffix or 'folder'}")
        fsync(descriptor)

    def spied_advise(descriptor: int, start: int, length: int, advice: int) -> None:
        steps.append("begin")
        advise(descriptor, start, length, advice)

    def spied_rename(self: Path, target: Path) -> Path:
        renamed = rename(self, target)
        steps.append("rename")
        return renamed

    monkeypatch.setattr(os, "fsync", spied_fsync)
    monkeypatch.setattr(os, "posix_fadvise", spied_advise)
    monkeypatch.setattr(Path, "replace", spied_rename)
    return steps
