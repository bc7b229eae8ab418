"""Makes reports readable: structured reports, clinical documents, HTML and text become one small HTML, PDF passes.

Only in killable workers: nothing here is trusted to end, or to be what it says.
"""
