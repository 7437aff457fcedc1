"""The shop's other systems."""
