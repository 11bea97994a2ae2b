"""Run every benchmark and write benchmarks/RESULTS.md: ``make bench``."""

from __future__ import annotations

import compileall
import os
import platform
import sys
from pathlib import Path

import social_tui
from benchmarks import (
    bench_analyze,
    bench_app,
    bench_archive,
    bench_capture,
    bench_command,
    bench_decode,
    bench_fleet,
    bench_import,
    bench_local,
    bench_paint,
    bench_search,
    bench_server,
    bench_supabase,
    bench_verify,
)
from benchmarks.measure import Section

RESULTS = Path(__file__).parent / "RESULTS.md"
MODULES = {
    "command": bench_command,
    "server": bench_server,
    "import": bench_import,
    "capture": bench_capture,
    "decode": bench_decode,
    "local": bench_local,
    "verify": bench_verify,
    "archive": bench_archive,
    "analyze": bench_analyze,
    "fleet": bench_fleet,
    "supabase": bench_supabase,
    "paint": bench_paint,
    "app": bench_app,
    "search": bench_search,
}


def main() -> None:
    """Measure the named benchmarks, or all, and write the results when all ran."""
    # As pip does with the peers: where Python writes no bytecode, every start would compile ours anew.
    compileall.compile_dir(Path(social_tui.__file__).parent, quiet=1)
    names = sys.argv[1:] or list(MODULES)
    sections = []
    for name in names:
        section = MODULES[name].measure()
        sections.append(section)
        print(table(section))
    if names == list(MODULES):
        RESULTS.write_text(report(sections), encoding="utf-8")


def report(sections: list[Section]) -> str:
    """Lay out all sections as one Markdown page."""
    head = (
        "# Results\n\n"
        "Written by `make bench`. Ours and the peer ran in the same run on the same machine: read the "
        "ratios, not the absolute figures.\n\n"
        "Peers that are packages of Python are installed by the run, aria2 and Ceph by the system: "
        "`apt install aria2 radosgw ceph-mon ceph-osd`.\n\n"
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()}.\n\n"
    )
    return head + "\n".join(table(section) for section in sections)


def table(section: Section) -> str:
    """Lay out one section as a Markdown table."""
    rows = [
        f"| {figure.name} | {figure.ours} | {figure.peer} | {figure.peer_name} | {figure.note} |"
        for figure in section.figures
    ]
    head = "| what | social-tui | peer | which peer | note |\n|---|---|---|---|---|\n"
    return f"## {section.title}\n\n{head}" + "\n".join(rows) + "\n"


if __name__ == "__main__":
    main()
