"""Accounts: who signs in, by what proof, from where, and until when. Built on django-allauth."""
