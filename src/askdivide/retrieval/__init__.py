"""From a question to passages: two searches, one ranking."""
