"""The page on the methods, one card each."""
