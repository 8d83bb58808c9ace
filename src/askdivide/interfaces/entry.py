"""Where the command begins: Ctrl-C is minded before anything that takes time is imported."""

import sys


def main() -> None:
    """Load the command line and run it."""
    try:
        from askdivide.interfaces import cli

        cli.main()
    except KeyboardInterrupt:
        # While it was being loaded; from then on it minds Ctrl-C itself.
        sys.stderr.write("interrupted\n")
        sys.exit(130)
