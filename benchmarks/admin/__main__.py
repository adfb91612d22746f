"""`make bench-admin`: see pages.py."""

import sys

from benchmarks.admin.pages import main

if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped")
