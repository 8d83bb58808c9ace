"""`python -m askdivide` is the command line."""

from askdivide.interfaces.cli import main

main()
