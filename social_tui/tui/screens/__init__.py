"""What fills the terminal: the posts, one media, the help, a question."""
