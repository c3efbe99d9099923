"""HTTP in: what providers tell us, checked for their signature before anything else."""
