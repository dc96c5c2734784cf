"""`python -m zhaiyao` is `zhaiyao`."""

import sys

from zhaiyao.cli import main

sys.exit(main())
