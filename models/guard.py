from odoo.exceptions import UserError


def get_computed(model):
    """The names of what a model computes and stores, and no form lets anybody type."""
    return {
        name
        for name, field in model._fields.items()
        if field.compute and field.store and field.readonly
    }


def check_not_typed(records, names):
    """Odoo stores whatever a remote call writes; limits and rights follow from these values.

    :param names: of the fields that are written.
    :raise UserError: when one of them is computed.
    """
    typed = set() if records.env.su else get_computed(records) & set(names)
    if typed:
        raise UserError(
            records.env._(
                "%(fields)s: this is computed, and not typed.",
                fields=", ".join(
                    records._fields[name]._description_string(records.env) for name in sorted(typed)
                ),
            )
        )


def recompute(records):
    """Compute anew what a default value, of a context or of a user, stands for in new records."""
    if not records.env.su:
        for name in get_computed(records):
            records.env.add_to_compute(records._fields[name], records)
