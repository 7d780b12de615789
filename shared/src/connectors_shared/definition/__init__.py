"""The language of definitions: what may stand in a connector's texts and bodies, read the same way by every service."""
