"""办件动作: every write of a case."""
