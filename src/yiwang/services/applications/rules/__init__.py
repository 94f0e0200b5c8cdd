"""申请规则: pure functions over item elements; no Django here."""
