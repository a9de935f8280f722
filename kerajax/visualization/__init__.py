"""Pictures of images with what belongs to them: bounding boxes, segmentation masks, labels."""

from kerajax.visualization._draw import draw_bounding_boxes as draw_bounding_boxes
from kerajax.visualization._draw import draw_segmentation_masks as draw_segmentation_masks
from kerajax.visualization._gallery import plot_bounding_box_gallery as plot_bounding_box_gallery
from kerajax.visualization._gallery import plot_image_gallery as plot_image_gallery
from kerajax.visualization._gallery import (
    plot_segmentation_mask_gallery as plot_segmentation_mask_gallery,
)
