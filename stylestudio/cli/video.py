"""`stylestudio video`: a clip from a session, without a window."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from stylestudio.cli.named_files import assets_of, named_files_options
from stylestudio.cli.numbers import Decimal
from stylestudio.cli.paths import FILE, NEW
from stylestudio.cli.sessions import is_session, locate_files, model_for
from stylestudio.recipe import unread_note
from stylestudio.video import CODECS, QUALITIES, export_video, read_session

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Unpack

    from stylestudio.cli.named_files import NamedFiles
    from stylestudio.progress import Progress
    from stylestudio.video import ExportReport, Session, Timeline


@click.command("video")
@click.argument(
    "session_file",
    metavar="SESSION",
    type=FILE,
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=NEW,
    metavar="OUT",
    help="The file to write: .mp4, .webm, .mov, .mkv, .gif, .webp; without an ending, a folder "
    "of PNG pictures.",
)
@click.option(
    "--model",
    metavar="MODEL",
    help="The model it was made with.  [default: the one that it names]",
)
@click.option(
    "--codec",
    type=click.Choice(list(CODECS)),
    help="What to write; ffv1 keeps every pixel exactly.  [default: by the ending]",
)
@click.option("--size", type=click.IntRange(1), help="Pixels on each side.")
@click.option(
    "--scale",
    type=Decimal(0, 64, min_open=True),
    help="Times the model's own size.  [default: 1]",
)
@click.option("--fps", type=Decimal(1, 240), help="Frames a second.  [default: its own]")
@click.option(
    "--quality",
    type=click.Choice(list(QUALITIES)),
    default="good",
    show_default=True,
    help="How much of each picture is kept.",
)
@click.option("--full-colour", is_flag=True, help="A colour for each pixel (4:4:4), for editing.")
@click.option(
    "--sound",
    type=FILE,
    metavar="FILE",
    help="A sound file to play along, from its start.",
)
@named_files_options
def command(
    session_file: Path,
    output: Path,
    model: str | None,
    codec: str | None,
    size: int | None,
    scale: float | None,
    fps: float | None,
    quality: Any,
    full_colour: bool,
    sound: Path | None,
    **files: Unpack[NamedFiles],
) -> None:
    """Render the timeline of SESSION, a session file or an exported video, frame by frame.

    Every frame is rendered at full quality. If it is interrupted, the same command
    continues where it stopped.
    """
    if size is not None and scale is not None:
        raise click.UsageError("--size and --scale were both given; give one of them.")
    from stylestudio.render import open_model
    from stylestudio.video import open_session

    assets = assets_of(files)
    found = open_session(session_file, assets=assets) if is_session(session_file) else None
    session = read_session(session_file) if found is None else found.session
    timeline = _timeline(session, session_file)
    if session.unread:
        click.echo(f"Note: {unread_note(session.unread)}", err=True)
    wanted, folder = timeline.first.model, session_file.absolute().parent
    how = "say where it is with --model"
    if found is not None:
        locate_files(found, folder, assets)
    opened = model_for(wanted, found, folder, how) if model is None else open_model(model)
    assets.unpack(session.deltas)
    if fps is not None:
        timeline = replace(timeline, fps=fps)
    with click.progressbar(
        length=timeline.frame_count,
        label="Rendering",
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    ) as bar:

        def show(progress: Progress) -> None:
            bar.update(progress.done - bar.pos)

        try:
            report = export_video(
                opened,
                timeline,
                output,
                codec,
                show,
                side=size,
                scale=scale or 1.0,
                quality=quality,
                chroma="full" if full_colour else "standard",
                sound=sound,
                session=replace(
                    session, timeline=timeline, deltas=assets.pack(session.all_recipes)
                ),
                assets=assets,
            )
        except KeyboardInterrupt:
            click.echo("\nStopped; the same command continues from here.", err=True)
            raise
    _say(report)


def _timeline(session: Session, path: Path) -> Timeline:
    if session.timeline is None:
        raise click.ClickException(
            f"{path.name} holds no timeline; add keyframes in the studio and save it again."
        )
    return session.timeline


def _say(report: ExportReport) -> None:
    if report.resumed_from:
        click.echo(f"Continued from frame {report.resumed_from}")
    if report.loop:
        click.echo(f"Loop: {report.loop}")
    click.echo(f"Wrote {click.format_filename(report.path)}: {report.frames} frames")
