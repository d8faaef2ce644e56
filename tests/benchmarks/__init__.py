"""How fast a case lives, beside the database's own limit and beside what others offer."""
