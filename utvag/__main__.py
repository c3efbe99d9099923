"""`python -m utvag` is the command line too."""

from utvag.cli import main

main()
