"""The parser of requests, as uvicorn makes it for a new connection, for one that needs another."""

import asyncio

import httptools


def new_parser(protocol: asyncio.Protocol) -> httptools.HttpRequestParser:
    """One that has read nothing.

    Args:
        protocol: Is called for what it finds.
    """
    parser = httptools.HttpRequestParser(protocol)
    # What comes behind a request that ends its connection does not take the answer from it.
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser
