"""Grants made real in target systems, one module per system."""
