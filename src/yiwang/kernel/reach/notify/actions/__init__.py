"""Every write of notify."""
