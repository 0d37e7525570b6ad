"""The pages: the customer's (`claim`, `device`, `open_pages`) and the operators' board (`board`).

Server-rendered, without any script. `ROUTERS` are included by the application; `show_error` is how an
error is told to a reader.
"""

from recovery.api.pages import board, claim, device, open_pages
from recovery.api.pages.browser import is_for_reader, show_error

ROUTERS = (claim.router, device.router, open_pages.router, board.router)

__all__ = ["ROUTERS", "is_for_reader", "show_error"]
