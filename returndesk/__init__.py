"""Command line and wiring: the only package that reads settings, builds clients and engines, and mounts the faces."""
