"""命令行: what ``./yiwang`` does once the environment is there."""
