"""Logs in a bucket: `s3://acme-logs/web/`."""

from scanners.logs.files import logs
from scanners.logs.streams import written_to
from scanners.objects.collection import Collection, FilesScanner
from scanners.objects.s3 import Bucket


class S3LogScanner(FilesScanner):
    """Looks at log objects as streams of lines with named fields."""

    __slots__ = ()

    def collection(self) -> Collection:
        return logs(self.source, Bucket.of(self.source, written_to))
