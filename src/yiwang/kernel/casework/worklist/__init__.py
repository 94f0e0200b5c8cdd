"""待办台账: who holds a task, and how it changes hands."""
