"""Tests with real transactions clear up after themselves, and the guards are back afterwards."""

import pytest
from django.core.management import call_command

from workflow import guards


@pytest.mark.django_db(transaction=True)
def test_the_guards_are_back_after_a_flush():
    assert guards.missing() == []
    call_command("flush", interactive=False, verbosity=0)
    assert guards.missing() == []
