"""The forms of the requester: the request itself, and each act that is theirs."""
