"""RemoteMonitor: sends the logs of each epoch to a server."""

import json
import warnings

import numpy as np

from kerajax.callbacks._callback import Callback


class RemoteMonitor(Callback):
    """Posts the logs of each epoch to a server as JSON; needs the package `requests`.

    A server that cannot be reached is warned about and does not stop training.

    Args:
        root: URL of the server.
        path: Path on it.
        field: Name of the form field that holds the JSON, where it is sent as a form.
        headers: Optional dict of HTTP headers.
        send_as_json: Bool. Whether the JSON is the body itself, in place of a form.

    Example:

    >>> monitor = kerajax.callbacks.RemoteMonitor("http://localhost:9000")
    >>> monitor.root + monitor.path
    'http://localhost:9000/publish/epoch/end/'
    """

    def __init__(
        self,
        root="http://localhost:9000",
        path="/publish/epoch/end/",
        field="data",
        headers=None,
        send_as_json=False,
    ):
        super().__init__()
        self.root = root
        self.path = path
        self.field = field
        self.headers = headers
        self.send_as_json = send_as_json

    def on_epoch_end(self, epoch, logs=None):
        try:
            import requests
        except ImportError as error:
            raise ImportError(
                "RemoteMonitor requires the `requests` library. Run `pip install requests`."
            ) from error
        data = {"epoch": epoch}
        for name, value in ({} if logs is None else logs).items():
            data[name] = value.item() if isinstance(value, (np.ndarray, np.generic)) else value
        url = self.root + self.path
        try:
            if self.send_as_json:
                requests.post(url, json=data, headers=self.headers)
            else:
                requests.post(url, {self.field: json.dumps(data)}, headers=self.headers)
        except requests.exceptions.RequestException:
            warnings.warn(f"Could not reach RemoteMonitor root server at {self.root}", stacklevel=2)
