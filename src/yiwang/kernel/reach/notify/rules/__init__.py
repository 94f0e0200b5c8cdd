"""Pure rules of notify; no Django."""
