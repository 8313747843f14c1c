"""The policy file: its rules, what they decide, and why."""
