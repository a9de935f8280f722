"""The part of `kerajax.ops` on images: sizes, warps, colors, filters and patches."""

from kerajax.ops._image_color import hsv_to_rgb as hsv_to_rgb
from kerajax.ops._image_color import rgb_to_grayscale as rgb_to_grayscale
from kerajax.ops._image_color import rgb_to_hsv as rgb_to_hsv
from kerajax.ops._image_crop_pad import crop_images as crop_images
from kerajax.ops._image_crop_pad import pad_images as pad_images
from kerajax.ops._image_filters import gaussian_blur as gaussian_blur
from kerajax.ops._image_filters import sobel_edges as sobel_edges
from kerajax.ops._image_filters import ssim as ssim
from kerajax.ops._image_patches import extract_patches as extract_patches
from kerajax.ops._image_patches import extract_patches_3d as extract_patches_3d
from kerajax.ops._image_resize import resize as resize
from kerajax.ops._image_resize import scale_and_translate as scale_and_translate
from kerajax.ops._image_warp import affine_transform as affine_transform
from kerajax.ops._image_warp import elastic_transform as elastic_transform
from kerajax.ops._image_warp import map_coordinates as map_coordinates
from kerajax.ops._image_warp import perspective_transform as perspective_transform
