"""What the record rests on: canonical records, hash chain, Merkle tree, signatures, checkpoints."""
