"""表单规则: pure functions over form definitions; no Django here."""
