"""`python -m askdivide` is the command line."""

from askdivide.interfaces.entry import main

main()
