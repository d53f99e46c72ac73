"""Guided tests: which phase a load or a meter is on, found by the steps that a person makes with a kettle."""
