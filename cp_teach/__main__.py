"""`python -m cp_teach` is `cp-teach`."""

import sys

from cp_teach.cli import main

sys.exit(main())
