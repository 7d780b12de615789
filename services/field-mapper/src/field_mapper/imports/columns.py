"""What the columns of a header probably mean, by their names."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from connectors_shared.contract.contact import USER_FIELDS, TargetType, UserField
from field_mapper.model import EXTERNAL_ID

CONTACT_ID: Final = "id"
IDENTITIES: Final = (CONTACT_ID, EXTERNAL_ID)
"""What is no field of a contact, and may be a column: what it is called here, and elsewhere."""
CUSTOM_PREFIX: Final = "custom_fields."
"""Before the name of a custom field in the header of an export."""
SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    CONTACT_ID: ("contactid",),
    EXTERNAL_ID: ("externalid", "crmid", "recordid", "customerid", "customernumber"),
    UserField.FIRST_NAME: ("firstname", "givenname", "forename", "first", "vorname", "prenom", "nombre"),
    UserField.LAST_NAME: ("lastname", "surname", "familyname", "last", "nachname", "nom", "apellido", "apellidos"),
    UserField.EMAIL: ("email", "emailaddress", "mail", "primaryemail", "correo"),
    UserField.PHONE: (
        "phone",
        "phonenumber",
        "mobile",
        "mobilephone",
        "cell",
        "cellphone",
        "tel",
        "telephone",
        "telefon",
    ),
    UserField.ALTERNATE_PHONE: ("alternatephone", "phone2", "secondaryphone", "homephone", "workphone", "otherphone"),
    UserField.ADDRESS: ("address", "address1", "street", "streetaddress", "addressline1", "strasse", "adresse"),
    UserField.ADDRESS_2: ("address2", "addressline2", "apartment", "unit", "suite"),
    UserField.CITY: ("city", "town", "locality", "stadt", "ort", "ville", "ciudad"),
    UserField.STATE: ("state", "province", "region", "stateprovince", "county", "bundesland"),
    UserField.ZIP_CODE: ("zipcode", "zip", "postalcode", "postcode", "plz", "codepostal"),
    UserField.COUNTRY: ("country", "countrycode", "land", "pays", "pais"),
    UserField.COMPANY: ("company", "companyname", "organization", "organisation", "employer", "account", "firma"),
    UserField.JOB_TITLE: ("jobtitle", "title", "position", "role", "beruf"),
    UserField.WEBSITE: ("website", "url", "web", "homepage", "webseite"),
    UserField.TIMEZONE: ("timezone", "tz"),
    UserField.LANGUAGE: ("language", "lang", "locale", "sprache"),
    UserField.TAGS: ("tags", "tag", "labels", "segments"),
    UserField.NOTES: ("notes", "note", "comments", "comment", "remarks", "notizen"),
}
_MEANT: Final = {
    word: str(field) for field, words in SYNONYMS.items() for word in (str(field).replace("_", ""), *words)
}

Target = tuple[TargetType, str]


def suggested(header: Iterable[str], custom_fields: Mapping[str, str | None]) -> list[Target | None]:
    """For each column what it may be written to, each once; `custom_fields`: name → label of those that there are."""
    known = {folded(label): name for name, label in custom_fields.items() if label}
    known |= {folded(name): name for name in custom_fields}
    taken: set[Target] = set()
    targets: list[Target | None] = []
    for name in header:
        target = _target_of(name, custom_fields, known)
        targets.append(None if target in taken else target)
        taken |= {target} if target else set()
    return targets


def folded(name: str) -> str:
    """Letters and digits alone, without case and accents."""
    parted = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in parted if character.isalnum())


def _target_of(name: str, custom_fields: Mapping[str, str | None], known: Mapping[str, str]) -> Target | None:
    """The header of an export is taken as it is."""
    if name in USER_FIELDS or name in IDENTITIES:
        return TargetType.USER_FIELD, name
    if name.startswith(CUSTOM_PREFIX) and name != CUSTOM_PREFIX:
        return TargetType.CUSTOM_FIELD, name.removeprefix(CUSTOM_PREFIX)
    if name in custom_fields:
        return TargetType.CUSTOM_FIELD, name
    word = folded(name)
    if word in known:
        return TargetType.CUSTOM_FIELD, known[word]
    return (TargetType.USER_FIELD, _MEANT[word]) if word in _MEANT else None
