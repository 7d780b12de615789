"""The `date` filter: a moment in one of a few formats, in a time zone that is named.

No format is a stranger's: there is nothing to be read per call, and nothing that could grow.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors_shared.definition.templates.texts import TemplateError, UnrenderableError

LONGEST: Final = 40
"""Characters of a moment."""
MOST_SECONDS: Final = 100_000_000_000
"""Since 1970, in the year 5138. A larger number counts milliseconds."""
FEWEST_DIGITS: Final = 9
"""Of a text that counts seconds; with fewer it is a date, such as 20260131."""
NO_MOMENT: Final = "is no moment; give it as 2026-01-31, 2026-01-31T12:00:00Z or seconds since 1970"

FORMATS: Final[dict[str, Callable[[datetime], str | int]]] = {
    "iso": lambda moment: moment.isoformat(timespec="seconds").replace("+00:00", "Z"),
    "iso_ms": lambda moment: moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    "YYYY-MM-DD": lambda moment: moment.date().isoformat(),
    "YYYYMMDD": lambda moment: f"{moment.year:04}{moment.month:02}{moment.day:02}",
    "DD.MM.YYYY": lambda moment: f"{moment.day:02}.{moment.month:02}.{moment.year:04}",
    "DD/MM/YYYY": lambda moment: f"{moment.day:02}/{moment.month:02}/{moment.year:04}",
    "MM/DD/YYYY": lambda moment: f"{moment.month:02}/{moment.day:02}/{moment.year:04}",
    "YYYY-MM-DD HH:MM:SS": lambda moment: moment.replace(tzinfo=None).isoformat(" ", "seconds"),
    "HH:MM:SS": lambda moment: moment.time().isoformat("seconds"),
    "HH:MM": lambda moment: moment.time().isoformat("minutes"),
    "http": lambda moment: format_datetime(moment.astimezone(UTC), usegmt=True),
    "unix": lambda moment: int(moment.timestamp()),
    "unix_ms": lambda moment: round(moment.timestamp() * 1000),
}


def date_filter(format_name: Any, zone_name: Any) -> Callable[[Any], Any]:
    """Raises TemplateError when one of them is not known."""
    written = FORMATS.get(format_name) if isinstance(format_name, str) else None
    if written is None:
        raise TemplateError(f"gives date an unknown format; there are {', '.join(FORMATS)}")
    if not isinstance(zone_name, str) or zone_name not in zones():
        raise TemplateError("gives date an unknown time zone; write UTC or a name such as Europe/Berlin")
    zone = ZoneInfo(zone_name)

    def dated(value: Any) -> str | int:
        try:
            return written(_moment(value, zone).astimezone(zone))
        except (ValueError, OverflowError, OSError):
            raise UnrenderableError(NO_MOMENT) from None

    return dated


@cache
def zones() -> frozenset[str]:
    """The names of all time zones of the IANA database."""
    return frozenset(files("tzdata").joinpath("zones").read_text().split())


def _moment(value: Any, zone: ZoneInfo) -> datetime:
    """What names no zone is meant in this one. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError(NO_MOMENT)
    if not isinstance(value, str):
        return _counted(value)
    text = value.strip() if len(value) <= LONGEST else ""
    if text.isascii() and text.removeprefix("-").isdigit() and len(text) >= FEWEST_DIGITS:
        return _counted(int(text))
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _counted(count: int | float | Decimal) -> datetime:
    if not -MOST_SECONDS * 1000 < count < MOST_SECONDS * 1000:
        raise ValueError(NO_MOMENT)
    seconds = float(count)
    return datetime.fromtimestamp(seconds if abs(seconds) < MOST_SECONDS else seconds / 1000, UTC)
