"""The ways on which a message leaves the house, one module each.

A module's `send(message)` hands one message over, outside every transaction, and returns when the other side has
accepted it. It raises `Refused` where trying again cannot help, and anything else where it can.
"""

from __future__ import annotations


class Refused(Exception):
    """The other side will never take this message: the address is wrong, or the message itself."""


class PutOff(Exception):
    """The other side did not take the message now."""
