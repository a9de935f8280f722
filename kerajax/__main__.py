"""`python -m kerajax` is the command `kerajax`."""

import sys

from kerajax.cli import main

if __name__ == "__main__":
    sys.exit(main())
