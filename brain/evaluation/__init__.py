"""Measures how well the bot understands, on messages that it has not learnt: `python -m brain.evaluation`."""
