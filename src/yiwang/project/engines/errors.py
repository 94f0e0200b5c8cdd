"""Errors of the engines, each with a message in Chinese and in English."""


class EngineError(Exception):
    """An engine cannot be set up, started or reached; the message says what to do about it."""

    def __init__(self, zh: str, en: str, *, code: str) -> None:
        super().__init__(f"{zh}\n{en}")
        self.zh = zh
        self.en = en
        self.code = code
