"""Which era a script belongs to, read off its source before it runs.

Some calls cannot be understood one by one: `Conv2D(32, 3, 3)` is a kernel of 3 x 3 pixels in
Keras 1 and a stride of 3 today. But a script of Keras 1 gives itself away somewhere, by an argument
that only Keras 1 had (`nb_epoch`, `border_mode`), and then the whole script is read as Keras 1 read
it.
"""

import ast

from kerajax import eras

# Methods whose old arguments tell as well; in a script only the method's name is seen.
_METHODS = ("compile", "fit", "evaluate", "predict", "fit_generator", "evaluate_generator")


def era_of_script(source: str):
    """The era that a script's source tells unmistakably: `"1"` or None.

    Args:
        source: Text of a Python file. Text that Python cannot parse tells nothing.

    Example:

    >>> era_of_script("model.fit(x, y, nb_epoch=3)")
    '1'
    >>> era_of_script("model.fit(x, y, epochs=3)") is None
    True
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_of_keras_1(_name(node.func), node.keywords):
            return "1"
    return None


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


def _name(function):
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else None
