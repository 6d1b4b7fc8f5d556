"""One file per way of finding a ticket: its formula, its source, and nothing else."""
