"""Arguments for forms of a layer that it does not have itself: low-rank adapted and quantized."""


def refuse_adapters(layer, **given) -> None:
    """Raises where one of these arguments is not None.

    Args:
        layer: The layer.
        **given: Arguments that files hold as None.

    Raises:
        ValueError: If one is anything else.
    """
    for name, value in given.items():
        if value is not None:
            raise ValueError(
                f"{type(layer).__name__} layer '{layer.name}' supports neither low-rank adaptation "
                f"nor quantization, but received: {name}={value!r}. Leave `{name}` out."
            )
