"""YAML files that people write, read without mercy: what is there twice is a mistake, not a value that is lost."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml


class _StrictLoader(yaml.SafeLoader):
    """The safe loader, which by itself keeps the last of several equal keys and forgets the others."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            name = (key.tag, key.value) if isinstance(key, yaml.ScalarNode) else id(key)
            if name in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} is there twice", key.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep)


def load_yaml(path: Path) -> Any:
    """Load a YAML file."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _StrictLoader)
        if content is None:
            raise ValueError("it is empty")
        return content
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: an impossible date
        raise ValueError(f"{path} is not YAML that can be used: {error}") from error
