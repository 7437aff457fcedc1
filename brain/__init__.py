"""The dialogue model: Rasa as a pure function of dialogue state and message. Runs on Python 3.10 only."""
