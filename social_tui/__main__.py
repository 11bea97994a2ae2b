"""Run the command line with ``python -m social_tui``."""

from social_tui.cli import main

if __name__ == "__main__":
    main()
