"""How an e-mail looks: one letter, written out as plain text and as HTML that say the same."""
