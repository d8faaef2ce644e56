"""The same life as others would write it."""
