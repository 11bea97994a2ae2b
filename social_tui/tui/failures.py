"""What went wrong, kept for whoever wants to know more than the one line that tells of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from social_tui.errors import SocialTuiError
from social_tui.log import get_logger

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that went wrong.

    Args:
        what: What happened, in words; it is made safe where it is shown.
        kind: The name of the error; empty where there was none.
        work: What was being done, by the name of the app's work.
        at: When, after the log's lines of it.
    """

    what: str
    kind: str = ""
    work: str = ""
    at: datetime = field(default_factory=partial(datetime.now, UTC))


def failure_of(error: BaseException, work: str) -> Failure:
    """Write a fault of background work into the log, and say of it what a person is told.

    Args:
        error: The fault; of one that nobody foresaw only the log has the words.
        work: What was being done.
    """
    if isinstance(error, SocialTuiError):
        what = str(error)
        log.warning("work_failed", work=work, exc_info=error)
    else:
        what = "Something unforeseen went wrong."
        log.error("work_failed", work=work, exc_info=error)
    return Failure(what, type(error).__name__, work)
