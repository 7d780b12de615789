"""Who owns a phone number, as the pretend API tells it: always the same answer for the same number."""

import hashlib
from typing import Any, Final, TypeVar

Identity = dict[str, Any]
T = TypeVar("T")

FIRST_NAMES: Final = (
    *("Maria", "James", "Linda", "Robert", "Aisha", "Wei", "Carlos", "Hannah", "Dmitri", "Priya", "Noah"),
    *("Fatima", "Oliver", "Grace", "Mateo", "Yuki", "Samuel", "Ingrid", "Kwame", "Leila", "Thomas", "Chloe"),
    *("Andre", "Rosa", "Peter", "Naomi", "Elias", "Joyce", "Victor", "Amara", "Hugo"),
)
LAST_NAMES: Final = (
    *(
        "Alvarez",
        "Bennett",
        "Castillo",
        "Dawson",
        "Eriksen",
        "Fujita",
        "Grant",
        "Hashemi",
        "Ivanov",
        "Jansen",
    ),
    *("Keller", "Lindqvist", "Mbeki", "Nakamura", "Okafor", "Petrov", "Quintero", "Rosenberg", "Sandoval"),
    *("Tanaka", "Underwood", "Vargas", "Whitaker", "Xiong", "Yilmaz", "Zimmerman", "O'Rourke", "St. Claire"),
)
STREETS: Final = (
    *("Maple Ave", "Cedar Ln", "Lakeview Dr", "Mission Blvd", "Orchard St", "Ridge Rd", "Harbor Way"),
    *("Juniper Ct", "Canyon Rd", "Willow St", "Franklin Ave", "Sunset Ter", "Mill Creek Rd", "Prairie Dr"),
)
AREAS: Final[dict[str, tuple[str, str, str]]] = {
    "206": ("Seattle", "WA", "98101"),
    "212": ("New York", "NY", "10001"),
    "213": ("Los Angeles", "CA", "90012"),
    "303": ("Denver", "CO", "80202"),
    "305": ("Miami", "FL", "33130"),
    "312": ("Chicago", "IL", "60604"),
    "404": ("Atlanta", "GA", "30303"),
    "505": ("Albuquerque", "NM", "87102"),
    "512": ("Austin", "TX", "78701"),
    "615": ("Nashville", "TN", "37203"),
    "617": ("Boston", "MA", "02108"),
    "626": ("Pasadena", "CA", "91101"),
    "702": ("Las Vegas", "NV", "89101"),
    "901": ("Memphis", "TN", "38103"),
}
INCOME_MIDPOINTS: Final = (25_000, 35_000, 45_000, 62_500, 87_500, 112_500, 137_500, 187_500, 225_000)
CREDIT_MIDPOINTS: Final = (525, 575, 625, 675, 725, 775, 825)
CARRIERS: Final = ("T-Mobile", "Verizon", "AT&T", "US Cellular")

SPECIFIED_PHONE: Final = "6266958105"


def normalize_phone(text: str) -> str:
    """The ten digits of a North American number, however it is written; other numbers just their digits."""
    digits = "".join(character for character in text if "0" <= character <= "9")
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits


def identity_of(phone: str) -> Identity | None:
    """The person behind ten digits, or None when they are not a number of this country.

    `6266958105` is the person of the product's specification; everybody else is made up from the digits.
    """
    if len(phone) != 10:
        return None
    identity = _made_up(phone)
    return identity | _specified(identity) if phone == SPECIFIED_PHONE else identity


def _made_up(phone: str) -> Identity:
    draw = _Draw(phone)
    first, last = draw.one_of(FIRST_NAMES), draw.one_of(LAST_NAMES)
    city, state, zip_code = AREAS.get(phone[:3]) or draw.one_of(tuple(AREAS.values()))
    return {
        "id": 1_000_000_000 + draw.below(900_000_000),
        "firstName": first,
        "lastName": last,
        "address": f"{100 + draw.below(9_800)} {draw.one_of(STREETS)}",
        "city": city,
        "state": state,
        "zip": zip_code,
        "phones": [{"phone": int(phone), "carrier": draw.one_of(CARRIERS), "type": "mobile"}],
        "emails": [{"email": _email(first, last), "rank": 1}],
        "data": {
            "householdIncomeMidpoint": draw.one_of(INCOME_MIDPOINTS),
            "creditMidpoint": draw.one_of(CREDIT_MIDPOINTS),
            "homeOwner": draw.below(2) == 1,
            "yearsAtAddress": draw.below(30),
        },
    }


def _specified(made_up: Identity) -> Identity:
    return {
        "id": 1_151_844_973,
        "firstName": "Jose",
        "lastName": "Tayzon",
        "address": "1461 Indian Well Dr",
        "city": "Diamond Bar",
        "state": "CA",
        "zip": "91765",
        "emails": [{"email": _email("Jose", "Tayzon"), "rank": 1}],
        "data": made_up["data"] | {"householdIncomeMidpoint": 187_500, "creditMidpoint": 775},
    }


def _email(first: str, last: str) -> str:
    letters = "".join(character for character in f"{first}{last}".lower() if character.isalpha())
    return f"{letters}@example.com"


class _Draw:
    """Choices that depend on the seed alone, the same on every machine and in every process."""

    def __init__(self, seed: str) -> None:
        self._rest = int.from_bytes(hashlib.sha256(seed.encode()).digest())

    def below(self, bound: int) -> int:
        self._rest, chosen = divmod(self._rest, bound)
        return chosen

    def one_of(self, choices: tuple[T, ...]) -> T:
        return choices[self.below(len(choices))]
