"""Decisions without Odoo: no ORM, no cursor, no clock, no translation."""
