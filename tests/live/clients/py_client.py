"""Sign in with the official Python client and its own OAuth code, then call `whoami`.

usage: py_client.py ENDPOINT MODE REDIRECT_URI [refresh]

With `refresh` the access token counts as expired after the first call, and `whoami` is called again.

The browser is somebody else: this program prints {"authorize": URL} and reads the query of the authorization response
from the next line of standard input. Its last line is {"done": …} or {"error": …}.
"""

import asyncio
import json
import sys
from urllib.parse import parse_qs

from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata


def say(**message: object) -> None:
    print(json.dumps(message), flush=True)


class Memory:
    """Token storage."""

    tokens = None
    client_info = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client_info

    async def set_client_info(self, client_info):
        self.client_info = client_info


async def show(url: str) -> None:
    say(authorize=url)


async def answer() -> AuthorizationCodeResult:
    query = parse_qs((await asyncio.to_thread(sys.stdin.readline)).strip())
    return AuthorizationCodeResult(**{name: query[name][0] for name in ("code", "state", "iss") if name in query})


async def main(endpoint: str, mode: str, redirect_uri: str, *more: str) -> None:
    oauth = OAuthClientProvider(
        server_url=endpoint,
        client_metadata=OAuthClientMetadata(
            client_name="live test", redirect_uris=[redirect_uri], token_endpoint_auth_method="none"
        ),
        storage=Memory(),
        redirect_handler=show,
        callback_handler=answer,
    )
    async with create_mcp_http_client(auth=oauth) as http:
        async with Client(streamable_http_client(endpoint, http_client=http), mode=mode) as client:
            tools = await client.list_tools()
            result = await client.call_tool("whoami", {})
            renewal = {}
            if more == ("refresh",):
                before = oauth.context.current_tokens.access_token
                oauth.context.token_expiry_time = 1
                again = await client.call_tool("whoami", {})
                renewal = {"again": again.structured_content, "renewed": oauth.context.current_tokens.access_token != before}
            say(
                done={
                    "protocol": client.session.protocol_version,
                    "tools": [tool.name for tool in tools.tools],
                    "isError": bool(result.is_error),
                    "whoami": result.structured_content,
                    **renewal,
                }
            )


def leaves(error: BaseException) -> list[str]:
    """The messages inside the exception groups that structured concurrency wraps around an error."""
    if isinstance(error, BaseExceptionGroup):
        return [line for inner in error.exceptions for line in leaves(inner)]
    return [f"{type(error).__name__}: {error}"]


if __name__ == "__main__":
    try:
        asyncio.run(main(*sys.argv[1:]))
    except Exception as error:
        say(error="; ".join(leaves(error)))
        sys.exit(1)
