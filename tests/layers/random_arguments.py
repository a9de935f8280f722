"""Random valid arguments of layers, losses and metrics, drawn from choices for each argument."""

import numpy as np

_RANKS = (1, 2, 3)


def draw(rng, choices):
    """One value for each argument, or none at all, which leaves the default.

    Args:
        rng: `numpy.random.Generator`.
        choices: Dict of arguments to tuples of values.
    """
    drawn = {}
    for name, values in choices.items():
        if rng.random() < 0.7:
            drawn[name] = values[rng.integers(len(values))]
    return drawn


def _sizes(rng, rank, low=3, high=7):
    return tuple(int(n) for n in rng.integers(low, high, rank))


def _placed(rng, arguments, rank, channels, low=4, high=8):
    """A batch of this many axes, with the channels where `data_format` says."""
    sizes = _sizes(rng, rank, low, high)
    if arguments.get("data_format") == "channels_first":
        return (2, channels, *sizes)
    return (2, *sizes, channels)


_FORMATS = ("channels_last", "channels_first")
_ACTIVATIONS = (None, "relu", "tanh", "gelu")


def _windows(rng, rank, high=4):
    """A size for all axes, or one for each."""
    if rng.random() < 0.5:
        return int(rng.integers(1, high))
    return tuple(int(n) for n in rng.integers(1, high, rank))


def convolution(rng):
    """Any convolution: plain, transposed, depthwise, separable, of any rank."""
    kind = rng.choice(["Conv", "Transpose", "Depthwise", "Separable"])
    rank = int(rng.choice(_RANKS[:2] if kind in ("Depthwise", "Separable") else _RANKS))
    arguments = draw(
        rng,
        {
            "padding": ("same", "valid", *(("causal",) if (kind, rank) == ("Conv", 1) else ())),
            "data_format": _FORMATS,
            "activation": _ACTIVATIONS,
            "use_bias": (True, False),
        },
    )
    arguments["kernel_size"] = _windows(rng, rank)
    if rng.random() < 0.5:
        stride = int(rng.integers(1, 4))
        arguments["strides"] = stride
    elif rng.random() < 0.5:
        arguments["dilation_rate"] = int(rng.integers(1, 3))
    groups = int(rng.choice([1, 2])) if kind == "Conv" else 1
    channels = 2 * groups
    if kind in ("Depthwise", "Separable"):
        arguments["depth_multiplier"] = int(rng.integers(1, 3))
    if kind != "Depthwise":
        arguments["filters"] = int(rng.integers(1, 4)) * groups
    if kind == "Conv":
        arguments["groups"] = groups
    name = {
        "Conv": f"Conv{rank}D",
        "Transpose": f"Conv{rank}DTranspose",
        "Depthwise": f"DepthwiseConv{rank}D",
        "Separable": f"SeparableConv{rank}D",
    }[kind]
    return name, arguments, _placed(rng, arguments, rank, channels, 7, 10), "float"


def pooling(rng):
    """Any pooling layer."""
    kind = rng.choice(["Max", "Average", "GlobalMax", "GlobalAverage"])
    rank = int(rng.choice(_RANKS))
    arguments = draw(rng, {"data_format": _FORMATS})
    if kind.startswith("Global"):
        arguments |= draw(rng, {"keepdims": (True, False)})
    else:
        arguments["pool_size"] = _windows(rng, rank)
        arguments |= draw(rng, {"strides": (1, 2, None), "padding": ("same", "valid")})
    name = f"{kind}Pooling{rank}D"
    return name, arguments, _placed(rng, arguments, rank, 3), "float"


def recurrent(rng):
    """Recurrent layers with any of their options but dropout."""
    kind = str(rng.choice(["SimpleRNN", "LSTM", "GRU"]))
    choices = {
        "activation": ("tanh", "relu", None),
        "use_bias": (True, False),
        "return_sequences": (True, False),
        "return_state": (True, False),
        "go_backwards": (True, False),
        "unroll": (True, False),
    }
    if kind != "SimpleRNN":
        choices["recurrent_activation"] = ("sigmoid", "hard_sigmoid")
    if kind == "LSTM":
        choices["unit_forget_bias"] = (True, False)
    if kind == "GRU":
        choices["reset_after"] = (True, False)
    arguments = {**draw(rng, choices), "units": int(rng.integers(1, 4))}
    return kind, arguments, (2, *_sizes(rng, 2, 2, 5)), "float"


def normalization(rng):
    """Layers that normalize, along any axis."""
    kind = str(
        rng.choice(
            [
                "BatchNormalization",
                "LayerNormalization",
                "GroupNormalization",
                "RMSNormalization",
                "UnitNormalization",
            ]
        )
    )
    rank = int(rng.choice([2, 3, 4]))
    axes = tuple(range(1, rank)) + (-1,)
    axis = int(rng.choice(axes))
    if kind == "BatchNormalization":
        choices = {
            "axis": (axis,),
            "center": (True, False),
            "scale": (True, False),
            "epsilon": (1e-3, 0.1),
            "momentum": (0.9, 0.5),
        }
    elif kind == "LayerNormalization":
        choices = {
            "axis": (axis, [-1], list(range(1, rank))),
            "center": (True, False),
            "scale": (True, False),
            "epsilon": (1e-3, 0.1),
        }
    elif kind == "GroupNormalization":
        choices = {
            "groups": (1, 2, 4, -1),
            "axis": (axis,),
            "center": (True, False),
            "scale": (True, False),
        }
    elif kind == "RMSNormalization":
        choices = {"axis": (-1, [-1], -1), "epsilon": (1e-6, 0.1)}
    else:
        choices = {"axis": (axis, -1, [1, -1] if rank > 2 else -1)}
    arguments = draw(rng, choices)
    if kind == "GroupNormalization":
        arguments.setdefault("groups", 2)
    return kind, arguments, (2, *(4 for _ in range(rank - 1))), "float"


def reshaping(rng):
    """Layers that move, repeat, cut and fill."""
    rank = int(rng.choice(_RANKS))
    kind = str(
        rng.choice(
            [
                "UpSampling",
                "ZeroPadding",
                "Cropping",
                "Flatten",
                "Reshape",
                "Permute",
                "RepeatVector",
            ]
        )
    )
    arguments = draw(rng, {"data_format": _FORMATS} if rank > 1 or kind == "Flatten" else {})
    if kind == "UpSampling":
        if rank == 2:
            arguments |= draw(rng, {"interpolation": ("nearest", "bilinear", "bicubic")})
        arguments["size"] = int(rng.integers(1, 4)) if rank == 1 else _windows(rng, rank)
        name = f"UpSampling{rank}D"
    elif kind in ("ZeroPadding", "Cropping"):
        word = {"ZeroPadding": "padding", "Cropping": "cropping"}[kind]
        pairs = tuple(tuple(int(n) for n in rng.integers(0, 3, 2)) for _ in range(rank))
        forms = (int(rng.integers(0, 3)), pairs if rank > 1 else pairs[0])
        arguments[word] = forms[rng.integers(2)]
        name = f"{kind}{rank}D"
    elif kind == "Flatten":
        name = kind
    elif kind == "Reshape":
        arguments = {"target_shape": [(-1,), (24,), (4, 6), (6, -1), (2, 3, 4)][rng.integers(5)]}
        return kind, arguments, (2, *[(24,), (4, 6), (2, 3, 4)][rng.integers(3)]), "float"
    elif kind == "Permute":
        order = tuple(int(n) + 1 for n in rng.permutation(rank + 1))
        return kind, {"dims": order}, (2, *_sizes(rng, rank + 1)), "float"
    else:
        return kind, {"n": int(rng.integers(1, 4))}, (2, 3), "float"
    return name, arguments, _placed(rng, arguments, rank, 2, 6, 9), "float"


def attention(rng):
    """Attention of a query and a value."""
    kind = str(rng.choice(["Attention", "AdditiveAttention", "MultiHeadAttention", "GroupedQuery"]))
    shape = [(2, 3, 4), (2, 5, 4)]
    if kind == "Attention":
        choices = {"use_scale": (True, False), "score_mode": ("dot", "concat")}
        return kind, draw(rng, choices), shape, "float"
    if kind == "AdditiveAttention":
        return kind, draw(rng, {"use_scale": (True, False)}), shape, "float"
    choices = {"use_bias": (True, False)}
    if kind == "MultiHeadAttention":
        # The wheel's attention does not run where the sizes of keys and values differ.
        size = int(rng.integers(1, 4))
        choices |= {"value_dim": (None, size), "output_shape": (None, 6)}
        choices |= {"attention_axes": (None, (1,))}
        arguments = {"num_heads": int(rng.integers(1, 3)), "key_dim": size}
        return kind, {**arguments, **draw(rng, choices)}, shape, "spread"
    groups = int(rng.integers(1, 3))
    arguments = {
        "head_dim": int(rng.integers(1, 4)),
        "num_query_heads": groups * int(rng.integers(1, 3)),
        "num_key_value_heads": groups,
    }
    return "GroupQueryAttention", {**arguments, **draw(rng, choices)}, shape, "spread"


def preprocessing(rng):
    """Layers that prepare numbers and images, without chance."""
    kind = str(
        rng.choice(["Rescaling", "Resizing", "CenterCrop", "CategoryEncoding", "Discretization"])
    )
    if kind == "Rescaling":
        arguments = {"scale": 0.5, **draw(rng, {"offset": (0.0, -1.0, [1.0, 2.0, 3.0])})}
        return kind, arguments, (2, 4, 4, 3), "image"
    if kind in ("Resizing", "CenterCrop"):
        arguments = draw(rng, {"data_format": _FORMATS})
        arguments["height"], arguments["width"] = _sizes(rng, 2, 2, 9)
        if kind == "Resizing":
            arguments |= draw(
                rng, {"interpolation": ("bilinear", "nearest", "bicubic", "lanczos3")}
            )
            fits = draw(rng, {"fit": ("crop_to_aspect_ratio", "pad_to_aspect_ratio")})
            if "fit" in fits:
                arguments[fits["fit"]] = True
                arguments |= draw(rng, {"fill_value": (0.0, 7.0)})
        return kind, arguments, _placed(rng, arguments, 2, 3, 3, 9), "image"
    if kind == "CategoryEncoding":
        mode = str(rng.choice(["one_hot", "multi_hot", "count"]))
        return (
            kind,
            {"num_tokens": 5, "output_mode": mode},
            (2, 1 if mode == "one_hot" else 3),
            "int",
        )
    modes = {"output_mode": ("int", "one_hot", "multi_hot", "count")}
    arguments = {"bin_boundaries": [-0.5, 0.0, 1.0], **draw(rng, modes)}
    one = arguments.get("output_mode") == "one_hot"
    return kind, arguments, (2, 1 if one else 3), "float"


FAMILIES = {
    "convolution": convolution,
    "pooling": pooling,
    "recurrent": recurrent,
    "normalization": normalization,
    "reshaping": reshaping,
    "attention": attention,
    "preprocessing": preprocessing,
}


def layer(family, seed):
    """`(class, arguments, shape, kind of inputs)` of one layer.

    Args:
        family: Key of `FAMILIES`.
        seed: Int, the number of the case.
    """
    return FAMILIES[family](np.random.default_rng([seed, *map(ord, family)]))
