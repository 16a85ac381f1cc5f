"""Stand-ins for packages that are not installed here. Their folder is put on the path, to be found by their names."""
