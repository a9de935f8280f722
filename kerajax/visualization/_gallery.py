"""Galleries of images, drawn by matplotlib."""

import math

import numpy as np

from kerajax.utils._optional import require_matplotlib
from kerajax.visualization._draw import _channels_last, draw_bounding_boxes, draw_segmentation_masks


def plot_image_gallery(
    images,
    y_true=None,
    y_pred=None,
    label_map=None,
    rows=None,
    cols=None,
    value_range=(0, 255),
    scale=2,
    path=None,
    show=None,
    transparent=True,
    dpi=60,
    legend_handles=None,
    data_format=None,
):
    """Shows images in rows and columns, with their labels.

    Args:
        images: Tensor `(batch, height, width, channels)`, or with the channels first.
        y_true: Ints `(batch,)`: the true labels.
        y_pred: Ints `(batch,)`: the predicted labels.
        label_map: Dict from labels to names, needed with `y_true` or `y_pred`.
        rows: Int. As many as columns, or enough for `cols` columns, if None.
        cols: Int. Enough for all images if None.
        value_range: Pair of numbers: the values of black and of white.
        scale: Number. Edge of an image, in inches.
        path: Where the picture is written; it is shown on the screen if None.
        show: Bool. Whether it is shown; True without `path` if None.
        transparent: Bool. Whether a written picture has no background.
        dpi: Int. Pixels for each inch of a written picture.
        legend_handles: Optional list of matplotlib's artists, for a legend.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.

    Raises:
        ValueError: If `images` is not a batch, `path` and `show` are both given, or `label_map` is
            missing.
        ImportError: If the package `matplotlib` is not installed.

    Example:

    >>> import io
    >>> file = io.BytesIO()
    >>> kerajax.visualization.plot_image_gallery(np.zeros((4, 8, 8, 3)), path=file)
    >>> kerajax.utils.load_img(file).size[0] > 100
    True
    """
    pyplot = require_matplotlib()
    if path is not None and show:
        raise ValueError(
            "plot_image_gallery() expects either `path` to be set, or `show` to be true."
        )
    if label_map is None and (y_true is not None or y_pred is not None):
        raise ValueError(
            "If `y_true` or `y_pred` are provided, a `label_map` must also be provided."
        )
    images, _ = _channels_last(images, data_format)
    rows, cols = _grid(len(images), rows, cols)
    figure, axes = pyplot.subplots(
        rows,
        cols,
        figsize=(cols * scale, rows * scale),
        frameon=False,
        layout="constrained",
        squeeze=False,
    )
    figure.get_layout_engine().set(w_pad=0, h_pad=0, wspace=0, hspace=0)
    for axis in axes.flat:
        axis.axis("off")
    pixels = _as_pixels(images, value_range).astype("uint8")
    for i, (image, axis) in enumerate(zip(pixels, axes.flat, strict=False)):
        axis.imshow(image, cmap="gray", vmin=0, vmax=255)
        axis.set_title(_title(i, label_map, Label=y_true, Pred=y_pred), fontsize=8)
    if legend_handles is not None:
        figure.legend(handles=legend_handles, loc="outside lower center")
    if path is not None:
        figure.savefig(path, pad_inches=0, bbox_inches="tight", transparent=transparent, dpi=dpi)
    elif show is None or show:
        pyplot.show()
    else:
        return
    pyplot.close(figure)


def _grid(count, rows, cols):
    if rows is None:
        rows = math.ceil(count / cols) if cols else math.ceil(math.sqrt(count))
    return rows, cols or math.ceil(count / rows)


def _as_pixels(images, value_range):
    """Values from 0 to 255 in float32."""
    low, high = value_range
    return (np.asarray(images, "float32") - low) * (255 / (high - low))


def _title(i, label_map, **labels):
    labels = {name: y for name, y in labels.items() if y is not None and i < len(y)}
    parts = [f"{name}: {label_map.get(int(y[i]), 'Unknown')}" for name, y in labels.items()]
    return "  ".join(parts)


def plot_bounding_box_gallery(
    images,
    bounding_box_format,
    y_true=None,
    y_pred=None,
    value_range=(0, 255),
    true_color=(0, 188, 212),
    pred_color=(255, 235, 59),
    line_thickness=2,
    font_scale=1.0,
    text_thickness=None,
    class_mapping=None,
    ground_truth_mapping=None,
    prediction_mapping=None,
    legend=False,
    legend_handles=None,
    rows=None,
    cols=None,
    data_format=None,
    **kwargs,
):
    """Shows images with true and predicted bounding boxes.

    Args:
        images: Tensor `(batch, height, width, channels)`, or with the channels first.
        bounding_box_format: String, as in `kerajax.utils.bounding_boxes.convert_format`.
        y_true: Dict of the true boxes, as for `draw_bounding_boxes`.
        y_pred: Dict of the predicted boxes.
        value_range: Pair of numbers: the values of black and of white.
        true_color: Three ints in [0, 255]: the color of true boxes.
        pred_color: Three ints in [0, 255]: the color of predicted boxes.
        line_thickness: Int, in pixels.
        font_scale: Number. At 1, capital letters are 22 pixels high.
        text_thickness: Int, in pixels; `line_thickness` if None.
        class_mapping: Dict from labels to names.
        ground_truth_mapping: The same for true boxes; `class_mapping` if None.
        prediction_mapping: The same for predicted boxes; `class_mapping` if None.
        legend: Bool. Whether a legend tells true from predicted boxes.
        legend_handles: Optional list of matplotlib's artists, for a legend of one's own.
        rows: Int, as for `plot_image_gallery`.
        cols: Int, as for `plot_image_gallery`.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: Passed to `plot_image_gallery`.

    Raises:
        ValueError: If `images` is not a batch, or `legend` and `legend_handles` are both given.
        ImportError: If `matplotlib` or `pillow` is not installed.

    Example:

    >>> boxes = {"boxes": np.array([[[8, 8, 24, 24]]]), "labels": np.array([[0]])}
    >>> import io
    >>> file = io.BytesIO()
    >>> kerajax.visualization.plot_bounding_box_gallery(
    ...     np.zeros((1, 32, 32, 3)), "xyxy", y_true=boxes, path=file
    ... )
    """
    require_matplotlib()
    if legend and legend_handles:
        raise ValueError("Only pass `legend` OR `legend_handles` to plot_bounding_box_gallery().")
    images, _ = _channels_last(images, data_format)
    pixels = np.clip(_as_pixels(images, value_range), 0, 255).astype("uint8")
    for boxes, color, names in (
        (y_true, true_color, ground_truth_mapping),
        (y_pred, pred_color, prediction_mapping),
    ):
        if boxes is not None:
            pixels = draw_bounding_boxes(
                pixels,
                boxes,
                bounding_box_format,
                class_mapping=names or class_mapping,
                color=color,
                line_thickness=line_thickness,
                text_thickness=text_thickness,
                font_scale=font_scale,
                data_format="channels_last",
            )
    if legend:
        legend_handles = _legend({"Ground Truth": true_color, "Prediction": pred_color})
    plot_image_gallery(
        pixels,
        legend_handles=legend_handles,
        rows=rows,
        cols=cols,
        data_format="channels_last",
        **kwargs,
    )


def _legend(colors):
    from matplotlib.patches import Patch

    return [Patch(color=np.array(color) / 255, label=label) for label, color in colors.items()]


def plot_segmentation_mask_gallery(
    images,
    num_classes,
    value_range=(0, 255),
    y_true=None,
    y_pred=None,
    color_mapping=None,
    blend=True,
    alpha=0.8,
    ignore_index=-1,
    data_format=None,
    **kwargs,
):
    """Shows each image in a row with its true and its predicted segmentation.

    Args:
        images: Tensor `(batch, height, width, 3)`, or with the channels first.
        num_classes: Int, as for `draw_segmentation_masks`.
        value_range: Pair of numbers: the values of black and of white.
        y_true: Masks of the true classes, as for `draw_segmentation_masks`.
        y_pred: Masks of the predicted classes.
        color_mapping: Dict from classes to colors (red, green, blue).
        blend: Bool. Whether colors and pixels are mixed.
        alpha: Number in [0, 1]: how much of the color there is in a colored pixel.
        ignore_index: Int. A class that is not colored.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: Passed to `plot_image_gallery`.

    Raises:
        ValueError: If a shape does not fit.
        ImportError: If the package `matplotlib` is not installed.

    Example:

    >>> import io
    >>> file = io.BytesIO()
    >>> kerajax.visualization.plot_segmentation_mask_gallery(
    ...     np.zeros((2, 8, 8, 3)), 2, y_true=np.ones((2, 8, 8), "int32"), path=file
    ... )
    """
    images, is_first = _channels_last(images, data_format)
    pixels = np.clip(_as_pixels(images, value_range), 0, 255).astype("uint8")
    columns = [pixels]
    for masks in (y_true, y_pred):
        if masks is None:
            continue
        masks = np.asarray(masks).astype("int32")
        if masks.ndim == 4:
            masks = masks[:, 0] if is_first else masks[..., 0]
        columns.append(
            draw_segmentation_masks(
                pixels,
                masks,
                num_classes=num_classes,
                color_mapping=color_mapping,
                alpha=alpha,
                blend=blend,
                ignore_index=ignore_index,
                data_format="channels_last",
            )
        )
    plot_image_gallery(
        np.stack(columns, axis=1).reshape(-1, *pixels.shape[1:]),
        rows=len(pixels),
        cols=len(columns),
        data_format="channels_last",
        **kwargs,
    )
