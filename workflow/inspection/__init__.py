"""The inspector's workspace (thanh tra): agencies under a jurisdiction and their log, read and never written."""
