"""Names that layers of ResNet50 had until Keras 2.2, by which scripts look them up.

A block of stage `s` was `res<s><letter>`, with branches `2a` to `2c` and `1` where it changes the
size; activations and sums were counted through the model.
"""

import re

_BLOCKS = [
    (stage, i + 1) for stage, count in ((2, 3), (3, 4), (4, 6), (5, 3)) for i in range(count)
]
_ONE_OF_A_KIND = {
    "conv1": "conv1_conv",
    "bn_conv1": "conv1_bn",
    "activation_1": "conv1_relu",
    "max_pooling2d_1": "pool1_pool",
    "fc1000": "predictions",
}
_BRANCHES = {"2a": "1", "2b": "2", "2c": "3", "1": "0"}
_BRANCH = re.compile(r"(res|bn)([2-5])([a-f])_branch(2[abc]|1)")
_COUNTED = re.compile(r"(activation|add)_(\d+)")


def layer_name(name: str, names) -> str | None:
    """Today's name of a layer of ResNet50; None if it has none.

    Args:
        name: The name that is looked for.
        names: Names of all layers of the model.

    Example:

    >>> names = ["conv1_bn", "conv5_block3_1_conv", "conv5_block3_out"]
    >>> layer_name("activation_49", names), layer_name("res5c_branch2a", names)
    ('conv5_block3_out', 'conv5_block3_1_conv')
    >>> layer_name("activation_49", ["dense"]) is None
    True
    """
    names = set(names)
    # Others have names alike: of 101 layers or more, or with the second way of normalizing.
    if not {"conv1_bn", "conv5_block3_out"} <= names or "conv4_block7_out" in names:
        return None
    modern = _ONE_OF_A_KIND.get(name) or _of_branch(name) or _of_count(name)
    return modern if modern in names else None


def _of_branch(name):
    found = _BRANCH.fullmatch(name)
    if found is None:
        return None
    kind, stage, letter, branch = found.groups()
    block = "abcdef".index(letter) + 1
    return f"conv{stage}_block{block}_{_BRANCHES[branch]}_{'conv' if kind == 'res' else 'bn'}"


def _of_count(name):
    found = _COUNTED.fullmatch(name)
    if found is None:
        return None
    # Each block has three activations after that of the first convolution, and one sum.
    number, each = int(found[2]), 3 if found[1] == "activation" else 1
    place, which = divmod(number - (2 if each == 3 else 1), each)
    if not 0 <= place < len(_BLOCKS):
        return None
    stage, block = _BLOCKS[place]
    parts = ("1_relu", "2_relu", "out") if each == 3 else ("add",)
    return f"conv{stage}_block{block}_{parts[which]}"
