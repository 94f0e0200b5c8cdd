"""内置引擎: the servers that Yiwang brings along and the supervisor that runs them."""
