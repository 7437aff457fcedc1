"""Others whom we call: carriers, payment, mail; each an adapter of a port that a domain names."""
