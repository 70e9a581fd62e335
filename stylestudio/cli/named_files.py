"""Files that looks name: styles, networks, and models to crossfade with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.cli.deltas import hold_siblings, siblings_option
from stylestudio.cli.stages import hold_networks, networks_option
from stylestudio.cli.styles import style_files_option

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TypedDict

    from stylestudio.cli.paths import Command
    from stylestudio.render import Assets

    class NamedFiles(TypedDict):
        """What the options give, by name."""

        style_files: tuple[Path, ...]
        network_files: tuple[Path, ...]
        siblings: tuple[str, ...]


def named_files_options(command: Command) -> Command:
    """`--styles`, `--network` and `--sibling`."""
    return style_files_option(networks_option(siblings_option(command)))


def assets_of(files: NamedFiles) -> Assets:
    """Have all of these files at hand. Raises CheckpointError and ModelError."""
    from stylestudio.render import Assets, open_styles

    assets = Assets(open_styles(path) for path in files["style_files"])
    hold_networks(assets, files["network_files"])
    hold_siblings(assets, files["siblings"])
    return assets
