"""From files to chunks: readers, chunking, and bringing the index in line with the corpus."""
