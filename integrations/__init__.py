"""The shop's other systems: who may call the API, what they have told us, and what they are to be told."""
