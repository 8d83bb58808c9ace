"""Questions with known answers, and what an assistant makes of them, in figures."""
