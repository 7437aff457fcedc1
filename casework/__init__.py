"""Use cases: what several faces do alike, and what touches several domains."""
