"""The application: settings, the pipeline, the command line."""
