"""Pages that every procedure shares."""
