"""What is stored: the catalog (the truth), the vectors in Chroma (a cache), and the embedding models that make them."""
