"""插件: how the item of a case is found, said by the net that owns the kind of case."""

_item_paths: dict[str, str] = {}


def register_item_path(kind: str, path: str) -> None:
    """Say by which look-up path from the case its item key is read (``application__item_key``)."""
    _item_paths[kind] = path


def forget_item_path(kind: str) -> None:
    """Take a path off again; for tests that bring their own."""
    del _item_paths[kind]


def item_path(kind: str) -> str | None:
    """Return the path of a kind of case, None when it has no items."""
    return _item_paths.get(kind)


def item_paths() -> dict[str, str]:
    """Return all paths by kind."""
    return dict(_item_paths)
