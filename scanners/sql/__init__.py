"""One engine-neutral sampler, and one small dialect module per database."""
