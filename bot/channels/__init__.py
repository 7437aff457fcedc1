"""One vendor, one file: verifies what comes in, reads it, and shows what leaves."""
