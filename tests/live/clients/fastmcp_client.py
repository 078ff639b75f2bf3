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


async def say_when_listening(url: str, port: int) -> None:
    """FastMCP opens the browser first and listens then; ours is quicker than a person's."""
    while True:
        try:
            _, writer = await asyncio.open_connection("localhost", port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            say(authorize=url)
            return


async def main(endpoint: str) -> None:
    oauth = OAuth(client_name="live test")
    tasks = []
    webbrowser.open = lambda url: tasks.append(asyncio.create_task(say_when_listening(url, oauth.redirect_port)))
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
