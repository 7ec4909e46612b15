"""Decisions without Odoo: facts in, decisions out.

Nothing here imports Odoo, opens a cursor, reads a clock or translates. The same input gives the
same output, so a dry run is the real run, and a test needs no database.
"""
