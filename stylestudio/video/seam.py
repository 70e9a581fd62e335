"""Loops that don't pop: the last frames of a video lead over to its first, as decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import av
    from av import VideoFrame
    from av.video.codeccontext import VideoCodecContext
    from numpy.typing import NDArray

ENDING = 6  # frames; fewer would step visibly, more would cost many bits
GRAIN = 1  # level of 8 bits; finer changes from frame to frame hardly survive encoding anyway


class Seam:
    """Keeps what is needed of an encoded loop to even out the step from its end to its start.

    Every lossy encoder leaves an error in each picture. From one frame to the next that error
    hardly changes, since most of a picture is carried over; but the first frame is coded anew,
    with another error, so a loop that is closed as rendered pops where it starts again. The last
    frames are therefore made anew: from the decoded frame before them, fading out, and the decoded
    first frame, fading in, each with what changes from there to the frame itself. A finer encoder
    keeps that.
    """

    def __init__(self, decoder: str, encoder: VideoCodecContext) -> None:
        self._decoder, self._encoder = decoder, encoder
        self._first: VideoFrame | None = None  # as given to the encoder, like the next
        self._latest: VideoFrame | None = None
        self._start: list[av.Packet[Any]] = []  # the first packet
        self._group: list[av.Packet[Any]] = []  # the packets since the latest frame coded by itself
        self._anchors: tuple[tuple[VideoFrame, VideoFrame], ...] | None = None  # decoded, given

    def see(self, picture: VideoFrame) -> VideoFrame:
        """Note a picture that is encoded as it is."""
        self._first = self._first or picture
        self._latest = picture
        return picture

    def keep(self, packet: av.Packet[Any]) -> None:
        """Note what became of the pictures, in the order of the file."""
        if self._anchors is not None:
            return
        copy = _copy(packet)
        if packet.is_keyframe:
            self._group.clear()
        self._group.append(copy)
        self._start = self._start or [copy]

    def lead(self, picture: VideoFrame, progress: float) -> VideoFrame:
        """Change one of the last pictures in place; `progress` rises to 1 at the last one.

        All packets of the pictures before must have been kept when this is first called.
        """
        if self._anchors is None:
            assert self._first is not None
            assert self._latest is not None
            self._anchors = (
                (self._decoded(self._group), self._latest),
                (self._decoded(self._start), self._first),
            )
        is_deep = "10" in picture.format.name
        top, grain = (1023, 4 * GRAIN) if is_deep else (255, GRAIN)
        before, after = (
            [
                shown + _without_grain(np.subtract(plane, given, dtype=np.float32), grain)
                for plane, shown, given in zip(*map(_planes, (picture, *anchor)), strict=True)
            ]
            for anchor in self._anchors
        )
        for plane, old, new in zip(_planes(picture), before, after, strict=True):
            plane[:] = ((1.0 - progress) * old + progress * new).clip(0, top).round()
        return picture

    def _decoded(self, packets: list[av.Packet[Any]]) -> VideoFrame:
        """The last picture in these packets."""
        import av
        from av.video.codeccontext import VideoCodecContext

        context = av.CodecContext.create(self._decoder, "r")
        assert isinstance(context, VideoCodecContext)
        context.extradata = self._encoder.extradata
        last = None
        for packet in [*packets, None]:
            for frame in context.decode(packet):
                last = frame
        assert last is not None
        return last


def _planes(picture: VideoFrame) -> list[NDArray[Any]]:
    """Its planes [height, width] of Y, Cb and Cr, not copied."""
    kind = np.uint16 if "10" in picture.format.name else np.uint8
    planes = []
    for plane in picture.planes:
        content: Any = plane  # a buffer, as NumPy takes it
        planes.append(np.frombuffer(content, kind).reshape(plane.height, -1)[:, : plane.width])
    return planes


def _without_grain(change: NDArray[np.float32], grain: int) -> NDArray[np.float32]:
    """The change [height, width], less up to `grain` levels of it."""
    without: NDArray[np.float32] = change - change.clip(-grain, grain)
    return without


def _copy(packet: av.Packet[Any]) -> av.Packet[Any]:
    import av

    copy = av.Packet(bytes(packet))
    copy.pts, copy.dts = packet.pts, packet.dts
    return copy
