"""Pure rules and values. No input, no output, no clock: `now` is an argument."""
