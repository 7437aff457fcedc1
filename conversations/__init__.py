"""Who said what to whom, kept for ever and delivered once: the transcript is the queue.

A message is stored before it is acknowledged and its row carries its own state; there is no second copy to fall out
of step. Nothing leaves but through `conversations.outbox`, which drops what was computed under an old
ownership counter.
"""
