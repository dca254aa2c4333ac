"""A plan or a record in, something to look at out."""
