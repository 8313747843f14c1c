"""The record on its way to others: files, syslog, webhooks, each from its own durable position."""
