"""密码强度: long and not common. Length counts; rules about signs do not help people."""

from functools import lru_cache

from django.contrib.auth.password_validation import CommonPasswordValidator

MOST_CHARACTERS = 200
FEWEST_CHARACTERS = 10


def is_strong(password: str, username: str) -> bool:
    """Say whether a password is long enough, not among the commonest, and not the user name."""
    if not FEWEST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        return False
    folded = password.casefold()
    if username and username.casefold() in folded:
        return False
    return len(set(folded)) > 3 and folded not in _common().passwords


@lru_cache(maxsize=1)
def _common() -> CommonPasswordValidator:
    # Reads its list of twenty thousand passwords once.
    return CommonPasswordValidator()
