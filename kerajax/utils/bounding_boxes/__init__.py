"""Bounding boxes: formats, moves with images, overlap, and differences from anchors."""

from kerajax.ops._box_overlap import compute_ciou as compute_ciou
from kerajax.ops._box_overlap import compute_iou as compute_iou
from kerajax.ops._boxes import affine_transform as affine_transform
from kerajax.ops._boxes import clip_to_image_size as clip_to_image_size
from kerajax.ops._boxes import convert_format as convert_format
from kerajax.ops._boxes import crop as crop
from kerajax.ops._boxes import pad as pad
from kerajax.utils.bounding_boxes._deltas import decode_deltas_to_boxes as decode_deltas_to_boxes
from kerajax.utils.bounding_boxes._deltas import encode_box_to_deltas as encode_box_to_deltas
