"""The core of Négatoscope: rules, verbs, adapters."""
