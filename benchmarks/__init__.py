"""Figures that anyone can measure again; each a ratio to something measured in the same run."""
