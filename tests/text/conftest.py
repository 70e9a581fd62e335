"""The plain networks that files of text models are compared with lie beside the tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "checkpoints"))  # tfjs_writer
