"""`python -m returndesk`."""

from returndesk.cli import main

main()
