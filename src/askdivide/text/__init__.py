"""Language without a model: where sentences end, and which terms a text is searched by."""
