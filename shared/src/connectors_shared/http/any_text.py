"""The last part of an address as any text: `f"/{{name:{ANY_TEXT}}}"`. Starlette's own `path` ends at a line break."""

from typing import Final

from starlette.convertors import Convertor, register_url_convertor

ANY_TEXT: Final = "text"


class _AnyText(Convertor[str]):
    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor(ANY_TEXT, _AnyText())
