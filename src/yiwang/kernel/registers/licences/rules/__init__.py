"""证照规则: pure functions; no Django here."""
