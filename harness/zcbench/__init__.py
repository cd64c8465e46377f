# SPDX-License-Identifier: MIT
"""Turns run folders into answers. Reads samples.csv and run.json only; needs no privilege."""
