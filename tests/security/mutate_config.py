"""Damage to configs, JSON or YAML: entries that are gone, of another type, or in another place."""

import contextlib
import copy
import io
import json
import re

import yaml

from kerajax import layers, losses, metrics, optimizers
from kerajax.saving import read

_VALUES = (None, True, -1, 0, 1, 2**31, 2**63, 1e308, -0.5, "", "x", "../x", [], {}, [[]], "None")
_MORE = (
    float("nan"),
    float("inf"),
    1e-320,
    10**40,
    "\ud800",
    "\0",
    "x" * 5000,
    [None] * 50,
    1 << 40,
)
_WORDS = ("name", "class_name", "config", "layers", "x", "module", "registered_name", "units")
_CLASSES = sorted(
    name
    for module in (layers, losses, metrics, optimizers)
    for name in dir(module)
    if name[0].isupper()
)
# Stands in a config for what no library would write out: a value too deep for it.
_DEEP = "a value nested deeply"
_DEPTHS = (3, 40, 250, 300, 5000, 100_000)


def parts(content):
    """The entries of a JSON or YAML text and the function that writes such; None for other text."""
    if content.startswith(b"{"):
        return json.loads(content), lambda config: json.dumps(config)
    if content.startswith((b"class_name:", b"backend:")):
        # With tags of Python that a whole file has for no good reason it is text like any other.
        with contextlib.suppress(read.UnsafeFileError):
            with read.open_model_file(io.BytesIO(content)) as record:
                return dict(record.config), lambda config: yaml.safe_dump(config, sort_keys=False)
    return None


def damaged(parsed, rng):
    """A text with the damage that `rng` draws.

    Args:
        parsed: What `parts` returns.
        rng: `random.Random`.
    """
    config, write = parsed
    config = copy.deepcopy(config)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        found = list(_entries(config))
        if found:
            container, key = rng.choice(found)
            rng.choice(_EDITS)(container, key, [inner[at] for inner, at in found], rng)
    text = write(config)
    if rng.random() < 0.03:
        text = _twice(text, rng)
    opening, closing = rng.choice((("[", "]"), ('{"config": ', "}")))
    depth = rng.choice(_DEPTHS)
    deep = opening * depth + "1" + closing * depth
    return text.replace(f'"{_DEEP}"', deep).replace(_DEEP, deep).encode("utf-8", "surrogatepass")


def _entries(config):
    """`(container, key)` of everything in nested lists and dicts."""
    for key in list(config) if isinstance(config, dict) else range(len(config)):
        yield config, key
        if isinstance(config[key], (dict, list)):
            yield from _entries(config[key])


def _set(container, key, others, rng):
    container[key] = copy.deepcopy(rng.choice(_VALUES if rng.random() < 0.8 else _MORE))


def _copy(container, key, others, rng):
    container[key] = copy.deepcopy(rng.choice(others))


def _delete(container, key, others, rng):
    del container[key]


def _rename(container, key, others, rng):
    if isinstance(container, dict):
        container[rng.choice((*_WORDS, *container))] = container.pop(key)
    else:
        container.insert(key, copy.deepcopy(container[key]))


def _retype(container, key, others, rng):
    value = container[key]
    if isinstance(value, str):
        others = (value.upper(), value + " ", [value], value.encode().hex(), None)
    elif isinstance(value, (int, float)):
        others = (
            str(value),
            [value],
            value + 1,
            -value,
            float(value),
            {"config": value},
            value * 1000,
        )
    elif isinstance(value, list):
        others = (
            value[::-1],
            value[:1],
            [value],
            {str(i): v for i, v in enumerate(value)},
            str(value),
        )
    else:
        others = ([value], value and list(value.items()), json.dumps(value, default=str), "Dense")
    container[key] = json.loads(json.dumps(rng.choice(others), default=str))


def _class(container, key, others, rng):
    if isinstance(container, dict) and "class_name" in container:
        container["class_name"] = rng.choice(_CLASSES)
    else:
        _set(container, key, others, rng)


def _deepen(container, key, others, rng):
    if rng.random() < 0.2:
        container[key] = _DEEP
    else:
        # An entry around itself, as a config with a layer in a layer.
        for _ in range(rng.choice((1, 2, 20))):
            container[key] = {
                "class_name": rng.choice(_CLASSES),
                "config": {"layer": container[key]},
            }


def _twice(text, rng):
    """The text with one key more, which stands there already."""
    keys = [match.span() for match in re.finditer(r'"[a-z_]+": ', text)]
    if not keys:
        return text
    at, end = rng.choice(keys)
    return f"{text[:end]}{rng.choice(('null', '[]', '0'))}, {text[at:]}"


_EDITS = (_set, _set, _set, _copy, _copy, _delete, _rename, _retype, _retype, _class, _deepen)
