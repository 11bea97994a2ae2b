"""The demo: sample posts, media drawn by code, and a host that serves them as real hosts do."""
