"""The measures are scripts beside the packages: their folder is looked into as it is when one of them runs."""

import sys

from kit.settings import PROJECT_ROOT

sys.path.append(str(PROJECT_ROOT / "benchmarks"))
