"""A second product: the files that add it, and a season that is recorded with nothing else."""
