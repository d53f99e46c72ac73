"""The views, one file each, and the dialogs over them."""
