"""The application: settings, the pipeline, the command line."""

__version__ = "0.1.0"
