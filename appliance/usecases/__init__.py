"""Verbs, one file a subject. They orchestrate the domain over the ports; they touch nothing themselves."""
