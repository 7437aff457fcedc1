"""Rasa's face: custom actions. Each reads slots, calls a use case, and answers in the customer's words."""
