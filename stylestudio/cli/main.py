"""Which subcommand the words on the command line mean, and how errors are said."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stylestudio import __version__
from stylestudio.cli.paths import NEW
from stylestudio.errors import StyleStudioError, lacks_memory
from stylestudio.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Imported on first use: `--help` and `info` on a picture must not wait for torch or Qt.
COMMANDS = {
    "bench": "Measure how fast this machine renders.",
    "convert": "Convert a model file to .safetensors, or to rosinality's .pt.",
    "corpus": "Check whether a change of the program changed any frame.",
    "delta": "Write the difference between two models.",
    "dissect": "Find the units of a model that draw what is brushed.",
    "doctor": "Check what works on this machine, and how to fix what doesn't.",
    "drag": "Move points of a picture to where they should be.",
    "find-directions": "Find directions of a model, along which pictures can be edited.",
    "invert": "Find your photos in a model.",
    "info": "Show what a model, picture, video or session contains.",
    "measure": "Measure a model: FID, KID, precision and recall, path length.",
    "parameters": "List the numbers of a recipe that can be set on a model.",
    "render": "Render a picture, with its recipe inside.",
    "rewrite": "Rewrite a rule of a model: what it draws in a context, in every picture.",
    "sheet": "Write a contact sheet that carries the recipe of each picture.",
    "strokes": "Paint photos and pictures in brush strokes: SVG, PNG or a clip.",
    "stylize": "Repaint photos in the style of paintings.",
    "tour": "Operate the real window and save a picture of every panel.",
    "train": "Train the built-in models, or one on your own pictures.",
    "translate": "Run photos through a network: translate, enlarge, or paint in strokes.",
    "video": "Render a session's timeline as a video.",
    "words": "Find pictures and directions by words, or rank existing ones.",
}
NO_MEMORY = (
    "There isn't enough memory for this; close other programs, choose a smaller --size or --batch, "
    "or set STYLESTUDIO_DEVICE=cpu where a card has too little."
)


class _Studio(click.Group):
    """A group whose subcommands load when named; words that name none are files to open."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"stylestudio.cli.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] in COMMANDS:
            return super().resolve_command(ctx, args)
        if not _to_open(Path(args[0])).exists():
            raise click.UsageError(_unknown(args[0]))
        return "stylestudio", _open_window, args

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command()
@click.argument("files", nargs=-1, type=NEW)
def _open_window(files: tuple[Path, ...]) -> int:
    """Open the window."""
    wanted = tuple(_to_open(path) for path in files)
    for path in wanted:
        if not path.exists():
            raise click.UsageError(f"{path} does not exist.")
    from stylestudio.cli.window import open_window

    return open_window(wanted)


def _to_open(path: Path) -> Path:
    """The path itself, or the file of the built-in model that it names."""
    if path.exists() or path.name != str(path):
        return path
    model = resource_path("models", f"{path.name.lower()}.safetensors")
    return model if model.is_file() else path


@click.group(
    cls=_Studio,
    invoke_without_command=True,
    options_metavar="",
    subcommand_metavar="[FILES]... | COMMAND [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="StyleStudio", message="%(prog)s %(version)s")
@click.pass_context
def studio(ctx: click.Context) -> int | None:
    """Explore StyleGAN by hand: open the studio, or render without a window.

    FILES open in the window: models (built-in ones by name), pictures, recipes, sessions, videos,
    latents, networks for pictures, and styles, which may be folders.
    """
    if ctx.invoked_subcommand is None:
        return _open_window.main([], standalone_mode=False)  # type: ignore[no-any-return]
    return None


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (of this process, where None) and return its exit status.

    What the user can put right is said in one sentence on stderr: status 2 for a command line
    that cannot be meant, 1 for anything else; 130 after Ctrl-C, as which a request to end
    (SIGTERM) counts.
    """
    with _ending_on_request():
        return _run(arguments)


@contextlib.contextmanager
def _ending_on_request() -> Iterator[None]:
    """Let SIGTERM end a command as Ctrl-C does, so that it leaves no half-written file."""
    try:
        previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    except ValueError:  # a thread of a script's runs it
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        status = studio.main(arguments, prog_name="stylestudio", standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        return 130
    except click.ClickException as error:
        return _say(error.format_message(), error.exit_code)
    except StyleStudioError as error:
        return _say(str(error), 1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else "Writing failed: "
        return _say(f"{where}{error.strerror or error}.", 1)
    except (MemoryError, RuntimeError) as error:
        if not lacks_memory(error):
            raise
        return _say(NO_MEMORY, 1)
    return status if isinstance(status, int) else 0


def _say(message: str, status: int) -> int:
    click.echo(f"Error: {message}", err=True)
    return status


def _unknown(word: str) -> str:
    if Path(word).suffix or Path(word).name != word:
        return f"{word} does not exist."
    close = difflib.get_close_matches(word, COMMANDS, n=1)
    hint = f"did you mean `{close[0]}`?" if close else "`stylestudio --help` lists the commands."
    return f"{word} is neither a file nor a command; {hint}"
