"""From words to an edit of style channels: those that the words have something to do with.

StyleCLIP's global directions (Patashnik et al. 2021, section 6): once it is known where each
channel leads in the text model's space, words only have to be compared with that. How many channels
take part is a matter of taste, and another number needs neither pictures nor texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch.nn import functional as F

from stylestudio.editing import Directions
from stylestudio.recipe import ChannelEdit, ModelRef
from stylestudio.render import as_model
from stylestudio.render.device import one_at_a_time
from stylestudio.text.model import as_text_model
from stylestudio.text.prompts import name_for, way_of, wishes_of
from stylestudio.text.relevance import PSI, SAMPLES, Relevance, RelevanceWork
from stylestudio.text.tokenizer import TextModelError
from stylestudio.text.worlds import check_speaks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from torch import Tensor

    from stylestudio.progress import Cancel, Progress
    from stylestudio.render import Model
    from stylestudio.text.model import TextModel
    from stylestudio.text.prompts import Wish, Words

KEPT = 50  # channels of an edit, where nobody says how many
FARTHEST = 5.0  # standard deviations of its own that an amount of 1 moves a channel by, at most


@dataclass(frozen=True, eq=False)
class RelevantChannels:
    """What words have to do with each channel of a model, the most relevant first; C of them."""

    name: str  # of the edits
    places: tuple[tuple[str, int], ...]  # layer and number
    relevance: Tensor  # [C], cosines of where a channel leads and where the words lie, -1..1
    sigmas: Tensor  # [C], standard deviations of the channels
    gains: Tensor  # [C], how far one of these takes pictures towards the words
    spread: float  # how far pictures stray in that, as a standard deviation

    @classmethod
    def of(cls, known: Relevance, way: Tensor, name: str) -> RelevantChannels:
        """Compare a way [dim] of length one, as `way_for` gives it, with what is known."""
        relevance = known.ways @ way
        order = relevance.abs().argsort(descending=True, stable=True)
        order = order[known.counts[order] > 0]
        return cls(
            name,
            tuple(known.places[i] for i in order.tolist()),
            relevance[order],
            known.sigmas[order],
            (known.gains @ way)[order],
            float((known.seen @ way).std()) / PSI,  # as of the model's own pictures
        )

    def threshold_for(self, count: int) -> float:
        """The threshold that leaves so many channels."""
        return float(self.relevance[min(count, len(self.places)) - 1].abs())

    def count_at(self, threshold: float) -> int:
        """How many channels a threshold leaves."""
        return int((self.relevance.abs() >= threshold).sum())

    def edit(self, count: int = KEPT, amount: float = 1.0) -> ChannelEdit:
        """The edit by the most relevant channels, so many of them, by their relevance.

        However many they are, an amount of 1 takes pictures about one standard deviation of the
        model's own nearer to the words, as far as no channel has to move by more than five of its
        own.
        """
        kept = slice(max(1, min(count, len(self.places))))
        shares = self.relevance[kept] / self.relevance[0].abs().clamp(min=1e-6)
        gained = float((shares * self.gains[kept]).sum())
        length = min(self.spread / gained, FARTHEST) if gained > 0 else FARTHEST
        offsets = (length * shares * self.sigmas[kept]).tolist()
        channels = zip(self.places[kept], offsets, strict=True)
        return ChannelEdit.of(
            self.name, [(layer, number, offset) for (layer, number), offset in channels], amount
        )

    def directions(self, model: ModelRef, threshold: float | None = None) -> Directions:
        """The edit at a threshold, None for that of `KEPT` channels, as a direction of a model.

        Raises TextModelError where no channel is so relevant.
        """
        count = KEPT if threshold is None else self.count_at(threshold)
        if not count:
            most = self.threshold_for(1)
            raise TextModelError(
                f"No channel of {model.name} is as relevant as {threshold:g}; the most relevant "
                f"has {most:.3f}. Use a lower threshold."
            )
        return Directions.from_edits([self.edit(count)], model, "words")


def way_for(model: Model, text: TextModel, wishes: Sequence[Wish], instead_of: str = "") -> Tensor:
    """Where words lead in a text model's space: of length one, [dim], on the processor.

    `instead_of` are words for what is usual, "" for none. Raises TextModelError for words that the
    text model doesn't take or that say the same, and where it doesn't know the model's world.
    """
    check_speaks_of(text, model)
    with one_at_a_time(model.device):
        way = F.normalize(way_of(text, wishes, instead_of), dim=0).cpu()
        text.free_text_tower()  # its words are read
    return way


def channels_by_words(
    model: Model | str,
    words: Words,
    text: TextModel | str | None = None,
    *,
    instead_of: str = "",
    threshold: float | None = None,
    samples: int = SAMPLES,
    folder: Path | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
) -> Directions:
    """Find the style channels of a model that lead to words, as one direction called by them.

    What channels do is measured first, on `samples` pictures each, which takes minutes; it is kept
    in `folder`, None for the user's cache, and for other words of the same model and text model it
    is there at once. One that is to finish early by `cancel` uses what is known by then. Channels
    below the `threshold` of relevance, 0 to 1, are left out; None keeps the 50 most relevant ones.
    The rest is as for `direction_by_words`. Raises TextModelError for words that the text model
    doesn't take and where no channel is so relevant, DirectionError for a model without style
    channels, and Cancelled.

    >>> import stylestudio as ss
    >>> try:
    ...     text = ss.open_text_model("ViT-B-32.pt")
    ...     found = ss.channels_by_words("portraits", "curly hair", text, threshold=0.15)
    ...     edit = found.edit("curly hair", amount=1.5)
    ... except ss.CheckpointError as error:
    ...     print(str(error).split(" (")[0])
    ViT-B-32.pt does not exist
    """
    model = as_model(model)
    wishes = wishes_of(words)
    text = as_text_model(text)
    way = way_for(model, text, wishes, instead_of)
    work = RelevanceWork(model, text, samples, folder)
    for progress in work.run(cancel):
        if on_progress:
            on_progress(progress)
    channels = RelevantChannels.of(work.known, way, name_for(wishes))
    return channels.directions(ModelRef.of(model), threshold)
