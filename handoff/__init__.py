"""When and how a person takes over: the handoff as a receipted state machine, the queue, and what people did."""
