"""What procrastinate writes to the log: our own lines say the same, in fewer words."""

from __future__ import annotations

import logging

from procrastinate.exceptions import ConnectorException, JobAborted

from social_tui.errors import SocialTuiError


class _ExpectedFailures(logging.Filter):
    """Drops reports of what is foreseen and told elsewhere: their tracebacks help nobody."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, SocialTuiError | JobAborted | ConnectorException)


_expected_failures = _ExpectedFailures()


def quieten_procrastinate() -> None:
    """Let through only warnings and failures that nobody foresaw; calling it again changes nothing."""
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    for name in ("procrastinate.worker", "procrastinate.utils"):
        logging.getLogger(name).addFilter(_expected_failures)
