"""Pure rules of 项目."""
