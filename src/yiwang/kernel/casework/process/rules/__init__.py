"""流程规则: pure functions over process definitions; no Django here."""
