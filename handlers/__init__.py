"""What the line does: one use case a file, one transaction each."""
