"""Web chat sessions, as `casework.web_sessions` keeps them for all faces."""

from casework.web_sessions import Session, issue, read

__all__ = ["Session", "issue", "read"]
