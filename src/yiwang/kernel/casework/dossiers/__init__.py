"""项目: one undertaking with the cases of many departments, by stages with a common limit."""
