"""What keys do with the queue."""

from __future__ import annotations

from social_tui.tui.actions.action import Action, rows

JOBS: tuple[Action, ...] = (
    *rows(
        "jobs",
        ("jobs.pause", "pause", "p", "Pause", "Begin no more jobs of the kind, or go on with them.", 1),
        (
            "jobs.retry",
            "retry_job",
            "r",
            "Retry",
            "Try the job again now; or all of the kind that failed.",
            2,
        ),
        ("jobs.cancel", "cancel_job", "c", "Cancel", "Call the job off; or all of the kind.", 3),
        ("jobs.more", "run_at_once(1)", "plus", "More", "Have one more job of the kind run at once.", 4),
        ("jobs.fewer", "run_at_once(-1)", "minus", "Fewer", "Have one job of the kind fewer run at once.", 5),
        ("jobs.retry_all", "retry_all", "R", "Retry all", "Try every failed job again.", 7),
        ("jobs.cancel_all", "cancel_all", "C", "Cancel all", "Call off every job.", 8),
        changes=True,
    ),
    *rows(
        "jobs",
        ("jobs.next_part", "go_part(1)", "tab l right", "Next part", "Go on to the next part.", 6),
        (
            "jobs.previous_part",
            "go_part(-1)",
            "h left shift+tab",
            "Previous part",
            "Go back to the one before.",
        ),
        ("jobs.close", "close", "escape", "Back", "Go back.", 9),
    ),
)
