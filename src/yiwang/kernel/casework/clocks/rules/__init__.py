"""Pure rules of legal clocks: how days are counted, what leaves the clock, what the lamp shows."""
