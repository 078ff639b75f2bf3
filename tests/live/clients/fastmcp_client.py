"""Sign in with FastMCP's client, its OAuth code and its own callback server; call `whoami`, refresh, call it again.

usage: fastmcp_client.py ENDPOINT

Prints {"authorize": URL}, which somebody else opens in a browser. Its last line is {"done": …} or {"error": …}.
"""

import asyncio
import json
import sys
import warnings
import webbrowser

from fastmcp import Client
from fastmcp.client.auth import OAuth
from py_client import leaves, say

warnings.simplefilter("ignore")  # tokens in memory are what is wanted here


async def main(endpoint: str) -> None:
    webbrowser.open = lambda url: say(authorize=url)
    oauth = OAuth(client_name="live test")
    async with Client(endpoint, auth=oauth) as client:
        tools = await client.list_tools()
        first = await client.call_tool("whoami", {})
        before = oauth.context.current_tokens.access_token
        oauth.context.token_expiry_time = 1
        again = await client.call_tool("whoami", {})
        say(
            done={
                "tools": [tool.name for tool in tools],
                "whoami": first.structured_content,
                "again": again.structured_content,
                "renewed": oauth.context.current_tokens.access_token != before,
            }
        )


if __name__ == "__main__":
    try:
        asyncio.run(main(*sys.argv[1:]))
    except Exception as error:
        say(error="; ".join(leaves(error)))
        sys.exit(1)
