"""``python -m surplus`` is the command ``surplus``."""

import sys

from surplus.cli import main

sys.exit(main())
