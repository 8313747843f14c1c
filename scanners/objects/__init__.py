"""Buckets and folders: listing, grouping into logical datasets, reading."""
