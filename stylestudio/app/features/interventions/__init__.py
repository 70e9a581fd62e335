"""The Bend dock: what changes feature maps between steps, and regions of other sources."""
