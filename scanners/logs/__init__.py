"""Log streams: lines to fields."""
