"""Dashboard, an account service: what all of its apps share."""

__version__ = "1.0.0"  # the only place: package metadata, the OpenAPI document and `--version` read it
