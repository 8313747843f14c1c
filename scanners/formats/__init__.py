"""Bytes to Arrow: one module per family of formats."""
