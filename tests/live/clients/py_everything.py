"""List and call all that the conformance component offers, with the official Python client.

usage: py_everything.py ENDPOINT MODE LABEL

Prints {"done": …} or {"error": …}. LABEL is what the cancelled call writes to the server's log.
"""

import asyncio
import json
import sys
import time

import anyio
from mcp import Client, types

ARGUMENTS = json.loads(sys.argv[4])


async def elicit(context, params):
    return types.ElicitResult(action="accept", content={"name": "Ada", "ok": True, "color": "blue"})


async def sample(context, params):
    return types.CreateMessageResult(role="assistant", model="none", content=types.TextContent(type="text", text="Paris"))


async def roots(context):
    return types.ListRootsResult(roots=[types.Root(uri="file:///tmp")])


async def main(endpoint: str, mode: str, label: str) -> dict:
    callbacks = {"elicitation_callback": elicit, "sampling_callback": sample, "list_roots_callback": roots}
    async with Client(endpoint, mode=mode, **callbacks) as client:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        failed = []
        for name in tools:
            if name.startswith("run_"):  # those that take long
                continue
            if (await client.call_tool(name, ARGUMENTS.get(name, {}))).is_error:
                failed.append(name)
        prompts = (await client.list_prompts()).prompts
        for prompt in prompts:
            if prompt.name != "test_input_required_result_prompt" or client.protocol_version == "2026-07-28":
                await client.get_prompt(prompt.name, {blank.name: "x" for blank in prompt.arguments or []})
        resources = (await client.list_resources()).resources
        for resource in resources:
            await client.read_resource(str(resource.uri))
        templates = (await client.list_resource_templates()).resource_templates

        began, seen = time.monotonic(), []

        async def progress(done, total, message):
            seen.append([done, time.monotonic() - began])

        await client.call_tool("slow_progress", {}, progress_callback=progress)
        took = time.monotonic() - began

        with anyio.move_on_after(1.0):
            await client.call_tool("run_until_cancelled", {"label": label}, progress_callback=progress)
        protocol = client.protocol_version
        if protocol == "2026-07-28":
            # Long enough for the call to end, had it not been cancelled: it is not the client's end that stops it.
            await anyio.sleep(5)
    return {
        "protocol": protocol, "tools": len(tools), "failed": failed, "prompts": len(prompts), "resources": len(resources),
        "templates": len(templates), "progress": seen[:5], "took": took,
    }


def leaves(error: BaseException) -> list[str]:
    if isinstance(error, BaseExceptionGroup):
        return [line for inner in error.exceptions for line in leaves(inner)]
    return [f"{type(error).__name__}: {error}"]


if __name__ == "__main__":
    try:
        print(json.dumps({"done": asyncio.run(main(*sys.argv[1:4]))}))
    except Exception as error:
        print(json.dumps({"error": "; ".join(leaves(error))}))
        sys.exit(1)
