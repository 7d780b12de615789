"""The contacts of the field mapper, under the registry's origin."""
