"""Tests of the settings and of the processes that serve."""
