"""The pages of the citizen: file a request, follow it, act on it. No account; a code and a secret open a case."""
