"""What procrastinate writes to the log: our own lines say the same, in fewer words."""

from __future__ import annotations

import logging

from procrastinate.exceptions import JobAborted

from social_tui.errors import SocialTuiError


class _ExpectedFailures(logging.Filter):
    """Drops the reports of jobs that ended for a known reason: their tracebacks help nobody."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, SocialTuiError | JobAborted)


_expected_failures = _ExpectedFailures()


def quieten_procrastinate() -> None:
    """Let through only warnings and failures that nobody foresaw; calling it again changes nothing."""
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    logging.getLogger("procrastinate.worker").addFilter(_expected_failures)
