"""What a device says over its API, v1 or v2, and how it becomes values of the model."""
