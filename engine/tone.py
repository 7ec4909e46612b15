"""The tone of a text that a customer reads while its dispute is open (S2.57, S2.76)."""

import re
import unicodedata

# Words that threaten, by language; without accents, as :func:`find_threats` compares.
THREATS = {
    "en": (
        "bailiff",
        "court",
        "debt collector",
        "final notice",
        "formal notice",
        "last warning",
        "lawsuit",
        "lawyer",
        "legal action",
        "legal proceedings",
        "sue you",
    ),
    "fr": (
        "avocat",
        "commissaire de justice",
        "dernier avertissement",
        "derniere relance",
        "huissier",
        "injonction de payer",
        "mise en demeure",
        "mettons en demeure",
        "poursuites",
        "procedure judiciaire",
        "recouvrement judiciaire",
        "saisie",
        "sous peine de",
        "tribunal",
        "voie judiciaire",
    ),
}
WORDS = re.compile(
    rf"\b({'|'.join(re.escape(word) for words in THREATS.values() for word in words)})\b"
)


def find_threats(text: str) -> list[str]:
    """The words of `text` that threaten, each once, as they stand in :data:`THREATS`.

    All languages are looked at: a letter may quote another one.

    >>> find_threats("Sans réponse, nous saisirons le Tribunal.")
    ['tribunal']
    >>> find_threats("Dernière relance avant MISE EN DEMEURE")
    ['derniere relance', 'mise en demeure']
    >>> find_threats("Thank you for your courtesy.")
    []
    """
    decomposed = unicodedata.normalize("NFKD", " ".join(text.split()))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()
    return list(dict.fromkeys(WORDS.findall(plain)))
