"""The customers' face: channels, the turn loop, the brain's client, the web chat API and its widget."""
