"""Answers to questions: one file per topic, numbers filled in from the policy, and the matcher that finds them."""
