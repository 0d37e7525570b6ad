"""The pages: the customer's (`claim`, `open_pages`) and the operators' board (`board`).

Server-rendered, without any script. `ROUTERS` are included by the application; `show_error` is how an
error is told to a reader.
"""

from recovery.api.pages import board, claim, open_pages
from recovery.api.pages.browser import is_for_reader, show_error

ROUTERS = (claim.router, open_pages.router, board.router)

__all__ = ["ROUTERS", "is_for_reader", "show_error"]
