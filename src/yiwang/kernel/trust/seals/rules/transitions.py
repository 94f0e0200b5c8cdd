"""印章状态流转: which act leads from which status to which. Destroying is for good."""

TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "activate": (frozenset({"APPLIED", "SUSPENDED"}), "ACTIVE"),
    "suspend": (frozenset({"ACTIVE"}), "SUSPENDED"),
    "destroy": (frozenset({"APPLIED", "ACTIVE", "SUSPENDED"}), "DESTROYED"),
}
"""Source: ADR 0005."""
