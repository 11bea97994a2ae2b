"""social-tui: the terminal library in which analysts keep social-media posts and their media."""

__version__ = "0.1.0"
