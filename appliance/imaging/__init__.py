"""Pixels: files in, numpy arrays and codestreams out. Shapes are (rows, columns[, 3])."""
