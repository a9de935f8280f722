"""Layers that preprocess and augment images.

`_image_layer.py` says how a layer is made: it draws a transformation, then applies it to images,
labels, bounding boxes and segmentation masks. The other files are one family each.
"""
