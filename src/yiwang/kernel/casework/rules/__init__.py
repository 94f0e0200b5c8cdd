"""规则: decision tables, FEEL and DMN, each decision with a trace that can be read and checked."""
