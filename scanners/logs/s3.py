"""Logs in a bucket: `s3://acme-logs/web/`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from scanners.interface import Budget, Sample, Source, Unit
from scanners.logs.files import logs
from scanners.logs.streams import written_to
from scanners.objects.collection import Collection
from scanners.objects.s3 import Bucket


@dataclass(frozen=True, slots=True)
class S3LogScanner:
    """Looks at log objects as streams of lines with named fields."""

    source: Source

    def units(self) -> Iterator[Unit]:
        """Every log under the prefix. Raises ScanError, or SourceUnreachableError, where it cannot be listed."""
        yield from self._collection().units()

    def sample(self, unit: Unit, budget: Budget, *, seed: int = 0) -> Sequence[Sample]:
        """As `Scanner.sample`: lines from the whole of the newest, the oldest and other objects of the log."""
        return self._collection().sample(unit, budget, seed)

    def read(self, unit: Unit, *, limit: int) -> pa.Table:
        """As `Scanner.read`: the first lines of the newest object, as fields."""
        return self._collection().read(unit, limit)

    def _collection(self) -> Collection:
        return logs(self.source, Bucket.of(self.source, written_to))
