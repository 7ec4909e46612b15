"""What a text says to a customer: threats, while its dispute is open (S2.57, S2.76); and what only
professionals owe, which nobody may ask a consumer for (S4.28).
"""

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
    return list(dict.fromkeys(WORDS.findall(_simplify(text))))


# Articles of the Code de commerce, and the indemnity for recovery costs, in both languages.
PROFESSIONAL = re.compile(
    r"\b[ld]\W{0,2}441\W{1,2}(10|5|16)\b|(fixed|recovery) indemnity|recovery costs"
    r"|indemnite (forfaitaire|de recouvrement)|frais de recouvrement"
)


def concerns_professionals(text: str) -> bool:
    """Whether a text asks for what a consumer never owes (C. com. L441-10, D441-5).

    >>> concerns_professionals("L'indemnité forfaitaire (articles L. 441-10 et D441-5)")
    True
    >>> concerns_professionals("We give you formal notice to pay (article 1344).")
    False
    """
    return bool(PROFESSIONAL.search(_simplify(text)))


def _simplify(text: str) -> str:
    """Lower case, without accents and double spaces."""
    decomposed = unicodedata.normalize("NFKD", " ".join(text.split()))
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()
