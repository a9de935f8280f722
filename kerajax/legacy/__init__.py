"""What older Keras had: its import paths, the functions of `K`, and its format of configs."""

from kerajax._elsewhere import names_elsewhere as _names_elsewhere
from kerajax.legacy._era_of_script import era_of_script as era_of_script
from kerajax.legacy._era_of_script import images_come_first as images_come_first
from kerajax.legacy._install import install as install
from kerajax.legacy._install import uninstall as uninstall

__getattr__ = _names_elsewhere(__name__)
