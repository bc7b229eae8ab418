"""Which cards the hospital believes: `cps_card` joined to the use cases, and the files that it judges by."""
