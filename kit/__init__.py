"""What every part of the house needs and no part owns: settings, database, clock, ids, errors, events, log."""
