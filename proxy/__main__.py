"""`python -m proxy` is the same command as `firstbyte`."""

import sys

from proxy.cli import main

sys.exit(main())
