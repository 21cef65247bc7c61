"""Other readings of the sources, of the methods that have such."""

from ildl.methods.registry import METHODS

READINGS = {name: cls.readings for name, cls in METHODS.items() if cls.readings}
"""Name -> name of another reading of the sources -> the parameters that give it."""
