"""What is ranked by words or by a picture, and in which order it came out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from stylestudio.app.core.picture_drop import PictureButton
from stylestudio.app.features.words.made import picture_icon
from stylestudio.app.features.words.questions import KINDS, Ranked
from stylestudio.app.widgets.choice_box import ChoiceBox
from stylestudio.app.widgets.small_button import small_button

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.app.core.thumbnails import Thumbnails
    from stylestudio.render import Model

PICTURE = 40
RANKED = Qt.ItemDataRole.UserRole
SHOWN = 24  # of a ranking


class AskPart(QWidget):
    """Kinds of things to rank, a picture in place of words, and the ranking."""

    picture_asked = Signal()
    picture_changed = Signal()
    chosen = Signal(object)  # Ranked

    def __init__(self, document: Document, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._document, self._thumbnails = document, thumbnails
        self.picture: Path | None = None
        self.kind = ChoiceBox("What to rank")
        self.kind.setToolTip("Rank the steps of the history, seeds, styles or directions")
        for kind in KINDS:
            self.kind.addItem(kind)
        self.like = PictureButton("Like a picture…")
        self.like.setToolTip("Rank by likeness to a picture instead of words; drop one here")
        self.name = QPushButton("Name directions")
        self.name.setToolTip(
            "Find directions of this model by PCA, name each by the words it leads to, "
            "and add them to the browser of the Edits dock"
        )
        self.forget = small_button(
            "remove", "Rank by the words again", "Forget the picture", checkable=False
        )
        self.forget.hide()
        self.list = QListWidget()
        self.list.setAccessibleName("Ranking")
        self.list.setToolTip("Most similar first; click one to show it")
        self.list.setIconSize(QSize(PICTURE, PICTURE))
        self.list.setMinimumHeight(4 * (PICTURE + 4))
        first = QHBoxLayout()
        first.setSpacing(4)
        first.addWidget(QLabel("Rank"))
        first.addWidget(self.kind, 1)
        second = QHBoxLayout()
        second.setSpacing(4)
        second.addWidget(self.like, 1)
        second.addWidget(self.forget)
        second.addWidget(self.name)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self.list, 1)
        self.like.clicked.connect(self.picture_asked)
        self.like.dropped.connect(self.take_picture)
        self.forget.clicked.connect(self._on_forget)
        self.list.itemClicked.connect(self._on_chosen)
        self.list.itemActivated.connect(self._on_chosen)
        thumbnails.ready.connect(self._on_thumbnail)

    @Slot(object)
    def take_picture(self, picture: Path) -> None:
        """Rank by this picture from now on."""
        self._show_picture(picture)

    def show_ranking(self, ranking: Sequence[Ranked]) -> None:
        """List the most alike."""
        self.list.clear()
        for ranked in ranking[:SHOWN]:
            item = QListWidgetItem(f"{ranked.title}\n{ranked.likeness:.3f}")
            item.setData(RANKED, ranked)
            pair = self._document.with_model(ranked.look)
            image = None if pair is None else self._thumbnails.get(pair)
            if image is not None:
                item.setIcon(picture_icon(image))
            self.list.addItem(item)

    def show_model(self, model: Model) -> None:
        """Forget a ranking for another model; one of steps of the history may hold several."""
        looks = [self.list.item(row).data(RANKED).look for row in range(self.list.count())]
        if not any(look.model.sha256 == model.sha256 for look in looks):
            self.list.clear()

    @Slot()
    def _on_forget(self) -> None:
        self._show_picture(None)

    def _show_picture(self, picture: Path | None) -> None:
        self.picture = picture
        self.like.setText(f"Like {picture.name}" if picture else "Like a picture…")
        self.forget.setVisible(picture is not None)
        self.picture_changed.emit()

    @Slot(QListWidgetItem)
    def _on_chosen(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(RANKED))

    @Slot(object, QImage)
    def _on_thumbnail(self, pair: ModelRecipe, image: QImage) -> None:
        for row in range(self.list.count()):
            if self.list.item(row).data(RANKED).look == pair.recipe:
                self.list.item(row).setIcon(picture_icon(image))
