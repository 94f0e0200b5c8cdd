"""场景故事: given-when-then of a pack, driven over HTTP against a running platform."""
