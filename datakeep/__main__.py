"""`python -m datakeep`."""

from datakeep.cli import main

main()
