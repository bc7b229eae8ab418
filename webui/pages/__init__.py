"""Pages, one subject a module: parse the form, call a use case in an executor, fill a template."""
