"""Why a penalty can't be computed: one exception, one code per reason.

The message is English and says what to do next; who translates it has the code and the parameters.
"""

MESSAGES = {
    # Rates
    "rate_missing": "No rate of {series} is known for {semester} (needed on {day}): add it, with "
    "its source. No rate is ever guessed from another period.",
    "rate_absurd": "{percent} % for {what} is not between {low} and {high} %: correct it.",
    "rate_negative": "The rate of {what} on {day} would be {percent} %: correct the margin.",
    "series_dates": "{series}: a value holds from {since} until {until}, which is before it.",
    "series_overlap": "{series}: {first} % and {second} % both hold on {day}: end the first one "
    "before the second begins.",
    # Regimes
    "regime_unknown": "No regime is named {regime}. Known: {known}.",
    "regime_missing": "No regime is known for a {debtor} of {country}: choose one on the customer, "
    "or add it.",
    "regime_duplicate": "Two regimes are named {regime}: rename one.",
    "regime_invalid": "Regime {regime}: {problem}.",
    "regime_out_of_date": "Regime {regime} is for claims {period}, and this one is of {day}: "
    "choose the regime of that time.",
    "contract_refused": "Regime {regime} takes no contract rate: remove it.",
    "insolvency_unknown": "Whether insolvency stops interest is not known for regime {regime}: "
    "say it on the regime.",
    # Facts
    "amount_invalid": "{what}: {value!r} is not an amount.",
    "amount_too_large": "{what}: {value} is too large to be true.",
    "amount_not_positive": "{what}: {value} must be more than zero.",
    "amount_digits": "{what}: {value} has more decimals than {currency} has ({digits}).",
    "currency_digits": "How many decimals {currency} has is not known: give them (0 to 4).",
    "exchange_missing": "Regime {regime} counts in {needed} and the case in {currency}: give what "
    "1 {needed} is worth in {currency}.",
    "day_out_of_range": "{day} is not between 1900 and 2200: correct the date.",
    "due_before_invoice": "The due date {day} is before the invoice's date {invoice_date}.",
    "payment_before_invoice": "A payment of {day} is before the invoice's date {invoice_date}: "
    "correct its date, or deduct a deposit from the amount.",
    "credit_before_invoice": "A credit note of {day} is before the invoice's date {invoice_date}.",
    "credit_too_large": "The credit notes ({credits}) are larger than the invoice ({amount}).",
    "dispute_too_large": "Dispute {dispute} is about {contested}, more than the invoice "
    "({amount}).",
    "dispute_periods": "Dispute {dispute}: its periods need an order: each opened, then closed, "
    "before the next opens. Only the last one may be open.",
    "dispute_date_missing": "Dispute {dispute}: policy 'manual' needs the first day with interest.",
    "dispute_term": "Dispute {dispute}: {days} days can't be added to the resolution.",
    "dispute_duplicate": "Two disputes of the case are named {dispute}: rename one.",
    "dispute_unknown": "A credit note settles dispute {dispute}, which the case doesn't have.",
    "result_too_large": "The interest of {reference} is too large to be true: correct the rate "
    "or the dates.",
    # Files of cases
    "not_json": "This is not JSON: {problem}.",
    "not_cases": "A list of cases is expected, or an object with a list named 'cases'.",
    "not_an_object": "{what} must be an object with named fields.",
    "not_a_list": "{field} must be a list.",
    "field_missing": "{field} is missing.",
    "field_unknown": "{field} is not a known field. Known: {known}.",
    "field_invalid": "{field}: {value!r} is not {expected}.",
    "reference_duplicate": "Two cases are named {reference}: give each its own reference.",
}


class PenaltyError(Exception):
    """The penalty can't be computed: `code` is a key of :data:`MESSAGES`, `params` fill it."""

    def __init__(self, code: str, **params):
        super().__init__(MESSAGES[code].format(**params))
        self.code = code
        self.params = params
