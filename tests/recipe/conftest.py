"""Makes the modules beside the tests importable: `v1_recipes` and `paper_model`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
