"""The service: the JSON API, the customer's pages and the operator's board, over HTTP."""
