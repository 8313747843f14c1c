"""Recognizers as data, each with its own examples and counterexamples."""
