"""Tests of the retail tasks measure."""
