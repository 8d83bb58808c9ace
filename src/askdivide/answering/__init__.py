"""From passages to an answer whose every sentence cites an exact span, or to a refusal."""
