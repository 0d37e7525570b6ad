"""The pages: the customer's (`submit`, `claim`, `device`, `open_pages`) and the operators' board (`board`).

Server-rendered, without any script. `ROUTERS` are included by the application; `show_error` is how an
error is told to a reader.
"""

from recovery.api.pages import board, claim, device, open_pages, submit
from recovery.api.pages.browser import is_for_reader, show_error

ROUTERS = (submit.router, claim.router, device.router, open_pages.router, board.router)

__all__ = ["ROUTERS", "is_for_reader", "show_error"]
