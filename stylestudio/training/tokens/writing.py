"""The second half: a transformer that writes the codes of a picture that a caption fits."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional as F

from stylestudio.networks.lexicon import WordList
from stylestudio.networks.token_transformer import TokenTransformer, TokenTransformerConfig
from stylestudio.training.lexicon.captions import COUNTS, MOST
from stylestudio.training.lexicon.trainer import speaker_for
from stylestudio.training.tokens.codes import optimizers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from stylestudio.checkpoints import LexiconFile
    from stylestudio.networks.picture_codes import PictureCodesConfig
    from stylestudio.training.scene import Scene

HEAD = 32  # of the transformer's width that a head of attention takes
TALKATIVE = 0.5  # share of captions that say more than people would: more to learn from each
MANY = 10  # things that these say at most
SILENT = 0.1  # share of pictures without a caption, for guidance
ADAM_RATE = 0.3  # learning rate of what is no matrix, as a share of that of matrices
LONGEST_GRADIENT = 1.0
SAID = 4.0  # of the first weights that turn what is said into vectors: it is small


class WritingTraining:
    """A transformer and its words; those that a Lexicon knows begin with what it makes of them."""

    def __init__(
        self,
        scene: Scene,
        codes: PictureCodesConfig,
        width: int,
        layers: int,
        lexicon: LexiconFile | None,
        device: torch.device,
    ) -> None:
        self._scene = scene
        self.speaker = speaker_for([scene])
        self.words = WordList(self.speaker.vocabulary)
        config = TokenTransformerConfig(
            len(self.words),
            codes=codes.codes,
            grid=codes.grid,
            width=width,
            layers=layers,
            heads=max(1, width // HEAD),
            hidden=3 * width,
        )
        self.network = TokenTransformer(config)
        self._begin(lexicon)
        self.network.to(device).eval()
        self._device = device
        self._optimizers = optimizers(self.network.named_parameters())
        self._codes = torch.empty(0, codes.length, dtype=torch.int16)
        self._attributes = torch.empty(0, len(scene.space.names), dtype=torch.float16)

    @torch.no_grad()
    def _begin(self, lexicon: LexiconFile | None) -> None:
        network = self.network
        network.embedding.weight.normal_(std=0.5)
        network.reader.token_embedding.weight.normal_(std=0.1)
        network.prefix.weight *= SAID
        network.head.weight.zero_()
        if lexicon is None:
            return
        theirs, mine = lexicon.network, network.reader
        numbers = {word: number for number, word in enumerate(lexicon.words.words)}
        for number, word in enumerate(self.words.words):
            if word in numbers:
                vector = theirs.token_embedding.weight[numbers[word]]
                mine.token_embedding.weight[number] = vector
        mine.neighbours.load_state_dict(theirs.neighbours.state_dict())
        mine.joined.load_state_dict(theirs.joined.state_dict())

    def __len__(self) -> int:
        """Pictures whose codes there are to learn from."""
        return len(self._codes)

    def add(self, attributes: Tensor, codes: Tensor) -> None:
        """Add pictures to those learnt from: attributes [N, K] and codes int64 [N, L]."""
        self._codes = torch.cat([self._codes, codes.cpu().to(torch.int16)])
        self._attributes = torch.cat([self._attributes, attributes.cpu().half()])

    def learn(self, batch: int, *, rate: float, seed: int, bfloat16: bool) -> float:
        """Learn from a batch of pictures with captions; the mean loss of a code, in nats."""
        for optimizer, share in zip(self._optimizers, (1.0, ADAM_RATE), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * share
            optimizer.zero_grad(set_to_none=True)
        chance = random.Random(seed)
        chosen = torch.tensor(chance.choices(range(len(self)), k=batch))
        words = self._say(self._attributes[chosen].tolist(), chance)
        heard = torch.tensor([[float(chance.random() >= SILENT)] for _ in range(batch)])
        codes = self._codes[chosen].long().to(self._device)
        self.network.train()
        with torch.autocast(self._device.type, torch.bfloat16, enabled=bfloat16):
            said = self.network.read(words.to(self._device)) * heard.to(self._device)
            logits = self.network(said, codes)
        loss = F.cross_entropy(logits.float().flatten(0, 1), codes.flatten())
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), LONGEST_GRADIENT)
        for optimizer in self._optimizers:
            optimizer.step()
        self.network.eval()
        return loss.item()

    def _say(self, attributes: Sequence[Sequence[float]], chance: random.Random) -> Tensor:
        """A caption for each picture, as numbers of words [N, L]."""
        texts = []
        for row in attributes:
            count = chance.choices(range(MOST + 1), COUNTS)[0]
            if chance.random() < TALKATIVE:
                count = chance.randint(MOST + 1, MANY)
            texts.append(self.speaker.describe(self._scene.name, row, chance, count).text)
        context = self.network.config.context
        words = torch.tensor([self.words.tokens(text, context) for text in texts])
        longest = int(words.argmax(1).max()) + 1  # what follows the end marks changes nothing
        return words[:, :longest]

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs."""
        return {
            "network": self.network.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
            "pictures": (self._attributes, self._codes),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from such a state."""
        self.network.load_state_dict(state["network"])
        for optimizer, saved in zip(self._optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self._attributes, self._codes = state["pictures"]
