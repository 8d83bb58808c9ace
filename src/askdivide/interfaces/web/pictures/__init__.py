"""Pictures of the corpus and of an answer, as SVG of our own."""
