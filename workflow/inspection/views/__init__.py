"""The inspector's pages. They read; what they write is that they did, and the samples that were drawn."""
