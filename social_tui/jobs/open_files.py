"""How many files a process may have open at once."""

from __future__ import annotations

import resource

# What came and is not settled yet, connections, and what a job opens: a few hundred at most.
WANTED = 4096


def allow_open_files(wanted: int = WANTED) -> None:
    """Raise the limit that the system begins with (macOS: 256), as far as the hard one goes; never lower it.

    Args:
        wanted: Open files at once.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
