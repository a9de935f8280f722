"""Training on several devices: meshes of devices, and what of data and weights goes where."""

from kerajax.distribution._devices import get_device_count as get_device_count
from kerajax.distribution._devices import initialize as initialize
from kerajax.distribution._devices import list_devices as list_devices
from kerajax.distribution._distributions import DataParallel as DataParallel
from kerajax.distribution._distributions import ModelParallel as ModelParallel
from kerajax.distribution._distributions import distribution as distribution
from kerajax.distribution._distributions import set_distribution as set_distribution
from kerajax.distribution._layouts import DeviceMesh as DeviceMesh
from kerajax.distribution._layouts import LayoutMap as LayoutMap
from kerajax.distribution._layouts import TensorLayout as TensorLayout
from kerajax.distribution._layouts import distribute_tensor as distribute_tensor
