"""A timeline of recipes -> frames -> a video; and the session file that holds it all."""

from stylestudio.recipe.session import SessionError
from stylestudio.video.codecs import CHROMAS, CODECS, QUALITIES, Codec, ExportError
from stylestudio.video.export import ExportReport, export_video
from stylestudio.video.file_kinds import FileContent, kind_of_file
from stylestudio.video.loop import LoopReport
from stylestudio.video.moving import NoiseFlow, PsiSweep, Wander
from stylestudio.video.performance import Performance, Recorder
from stylestudio.video.session import Session, may_hold_session, read_session
from stylestudio.video.session_file import SessionFile, open_session, save_session
from stylestudio.video.timeline import Keyframe, Timeline

__all__ = [
    "CHROMAS",
    "CODECS",
    "QUALITIES",
    "Codec",
    "ExportError",
    "ExportReport",
    "FileContent",
    "Keyframe",
    "LoopReport",
    "NoiseFlow",
    "Performance",
    "PsiSweep",
    "Recorder",
    "Session",
    "SessionError",
    "SessionFile",
    "Timeline",
    "Wander",
    "export_video",
    "kind_of_file",
    "may_hold_session",
    "open_session",
    "read_session",
    "save_session",
]
