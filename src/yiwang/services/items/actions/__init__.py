"""动作: every write of this app."""
