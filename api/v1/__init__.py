"""The REST API, version 1: an application of its own that the web process mounts at `/api/v1`."""

from api.v1.application import application

__all__ = ["application"]
