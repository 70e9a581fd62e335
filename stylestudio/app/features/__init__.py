"""The capabilities of the window, a folder each; none imports another.

Those of other packages are found by the entry-point group `stylestudio.features`, whose entries
name a class as those below do.
"""

BUILT_IN = (
    "stylestudio.app.features.picture.feature:PictureFeature",
    "stylestudio.app.features.source.feature:SourceFeature",
    "stylestudio.app.features.truncation.feature:TruncationFeature",
    "stylestudio.app.features.mixing.feature:MixingFeature",
    "stylestudio.app.features.edits.feature:EditsFeature",
    "stylestudio.app.features.sheets.feature:SheetsFeature",
    "stylestudio.app.features.styles.feature:StylesFeature",
    "stylestudio.app.features.noise.feature:NoiseFeature",
    "stylestudio.app.features.placement.feature:PlacementFeature",
    "stylestudio.app.features.interventions.feature:InterventionsFeature",
    "stylestudio.app.features.deltas.feature:DeltasFeature",
    "stylestudio.app.features.dissect.feature:DissectFeature",
    "stylestudio.app.features.rewrite.feature:RewriteFeature",
    "stylestudio.app.features.stages.feature:StagesFeature",
    "stylestudio.app.features.drag.feature:DragFeature",
    "stylestudio.app.features.measures.feature:MeasuresFeature",
    "stylestudio.app.features.train.feature:TrainFeature",
    "stylestudio.app.features.photo.feature:PhotoFeature",
    "stylestudio.app.features.words.feature:WordsFeature",
    "stylestudio.app.features.adapt.feature:AdaptFeature",
    "stylestudio.app.features.draw.feature:DrawFeature",
    "stylestudio.app.features.history.feature:HistoryFeature",
    "stylestudio.app.features.timeline.feature:TimelineFeature",
    "stylestudio.app.features.presets.feature:PresetsFeature",
    "stylestudio.app.features.tasks.feature:TasksFeature",
)
