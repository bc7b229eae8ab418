"""A made-up health card for tests and the demo: an authority like the IGC-Santé, a CPS3's commands, a link to vpcd.

Nobody in it exists and nothing of it may be trusted outside a test: its keys are made on the spot.
"""
