"""流程动作: every write of the process engine."""
