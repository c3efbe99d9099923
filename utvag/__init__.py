"""The composition root: settings, the app, the loops, the command line and the log."""
