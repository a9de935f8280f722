"""Which era a script belongs to, read off its source before it runs.

Some calls cannot be understood one by one: `Conv2D(32, 3, 3)` is a kernel of 3 x 3 pixels in
Keras 1 and a stride of 3 today, and `Adadelta()` had another rate. But an old script gives itself
away somewhere, by an argument that only Keras 1 had (`nb_epoch`), a module that is gone
(`keras.engine.topology`), or a name in the logs (`history.history['acc']`), and then the whole
script is read as the newest Keras read it that had all of them.
"""

import ast

from kerajax import eras

# Methods whose old arguments tell as well; in a script only the method's name is seen.
_METHODS = ("compile", "fit", "evaluate", "predict", "fit_generator", "evaluate_generator")


def era_of_script(source: str):
    """The era that a script's source tells unmistakably: `"1"`, `"2.2"`, `"2.3"`, `"tf2"` or None.

    Args:
        source: Text of a Python file. Text that Python cannot parse tells nothing.

    Example:

    >>> era_of_script("model.fit(x, y, nb_epoch=3)")
    '1'
    >>> era_of_script("from keras.engine.topology import Layer")
    '2.3'
    >>> era_of_script("model.fit(x, y, epochs=3)") is None
    True
    """
    nodes = _nodes(source)
    if not nodes:
        return None
    found = [era for node in nodes for era in _told_by(node) if era is not None]
    if _reads_logs_of_keras_2_2(nodes):
        found.append("2.2")
    return min(found, key=eras.ERAS.index, default=None)


def images_come_first(source: str) -> bool:
    """Whether a script is of Keras 0.x, where the channels of images came first.

    It tells by arguments that Keras 1.0 did not have any more, or by the model `Graph`.

    Args:
        source: Text of a Python file.

    Example:

    >>> images_come_first("model.fit(x, y, nb_epoch=3, show_accuracy=True)")
    True
    >>> images_come_first("model.fit(x, y, nb_epoch=3)")
    False
    """
    nodes = _nodes(source)
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    given = {word.arg for call in calls if _name(call.func) in _METHODS for word in call.keywords}
    paths = {path for node in nodes for path in _imported(node)}
    return bool(given & eras.ARGUMENTS_OF_KERAS_0 or paths & eras.NAMES_OF_KERAS_0)


def _nodes(source) -> list:
    try:
        return list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError):
        return []


def _told_by(node) -> list:
    if isinstance(node, ast.Call):
        return ["1"] if _is_of_keras_1(_name(node.func), node.keywords) else []
    if isinstance(node, ast.Attribute):
        return [eras.LAST_ERAS_OF_K.get(node.attr)]
    return [eras.last_era(path) for path in _imported(node)]


def _imported(node) -> list:
    """The paths that an import names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def _is_of_keras_1(name, keywords) -> bool:
    if name is None:
        return False
    today = eras.class_name(name) or name
    owner = f"Model.{name}" if name in _METHODS else today
    rows = eras.arguments(owner)
    parts = {part for join in eras.joins(owner) if join.era == "1" for part in join.parts}
    old = {word for word, row in rows.items() if row.era == "1" and row.new != word} | parts
    if name in _METHODS:
        old |= eras.COUNTED_IN_SAMPLES.keys()
    return any(keyword.arg in old for keyword in keywords)


def _reads_logs_of_keras_2_2(nodes) -> bool:
    """Whether a script of stand-alone Keras compiles with `'accuracy'` and must find `'acc'`.

    From 2.3 on the logs had the word that was written, and reading `'acc'` was an error.
    """
    if not any(path.partition(".")[0] == "keras" for node in nodes for path in _imported(node)):
        return False
    lists = [n.value for n in nodes if isinstance(n, ast.keyword) and n.arg == "metrics"]
    compiled = {_text(x) for value in lists for x in ast.walk(value)}
    read = {_text(n.slice) for n in nodes if _is_of_history(n)}
    must = {_text(n.slice) for n in _unconditional(nodes[0]) if _is_of_history(n)}
    as_written = "acc" in compiled or read & {"accuracy", "val_accuracy"}
    return "accuracy" in compiled and not as_written and bool(must & {"acc", "val_acc"})


def _is_of_history(node) -> bool:
    """Whether a node is `something.history[...]`."""
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "history"
    )


def _unconditional(node):
    """The nodes that run whenever the code around them does: none below `if` and `try`."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.If, ast.IfExp, ast.Try)):
            yield from _unconditional(child)


def _text(node):
    return node.value if isinstance(node, ast.Constant) else None


def _name(function):
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else None
