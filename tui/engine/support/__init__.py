"""The support file: what a stranger needs to know to help, without anything that tells whose house it is."""
