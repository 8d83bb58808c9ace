"""The command line, the web chat and the doors for other programs: thin layers over Assistant and reindex."""
