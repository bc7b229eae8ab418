"""One concern a module, from the outermost: headers, errors, CSRF; the session is looked up lazily."""
