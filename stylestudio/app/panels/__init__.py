"""The docks' contents: each shows a part of the recipe and edits it through the document."""
