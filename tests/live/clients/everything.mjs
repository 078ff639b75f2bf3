// Lists and calls all that the conformance component offers, with a TypeScript SDK. The SDKs differ in how a call takes options.
import assert from 'node:assert/strict';

/** How many there are. */
export const TOOLS = 30;

/** Tools with this prefix take long, and end when they are cancelled. */
export const LONG = 'run_';

/** Arguments of the tools that need some. */
export const ARGUMENTS = {
  json_schema_2020_12_tool: { name: 'Ada', contactMethod: 'email', email: 'ada@example.com' },
  test_x_mcp_header: { region: 'Zürich' },
  test_sampling: { prompt: 'Say a word.' },
  test_elicitation: { message: 'Who are you?' },
};
/** Fails for everybody. */
const ALWAYS_FAILS = ['test_error_handling', 'test_reconnection'];
/** Fails for a client that cannot be asked: one of a revision before 2026-07-28. */
const ASKS = /^(test_sampling|test_elicitation.*|test_missing_capability|test_streaming_elicitation|test_input_required_result_.*)$/;

export const mayFail = (name, canBeAsked) => ALWAYS_FAILS.includes(name) || (!canBeAsked && ASKS.test(name));

/**
 * @param {(params: object, options?: object) => Promise<any>} call
 * @param {boolean} canBeAsked by "input required" (2026-07-28)
 */
export async function callEverything(client, call, canBeAsked) {
  const { tools } = await client.listTools();
  assert.equal(tools.length, TOOLS);
  for (const { name } of tools) {
    if (name.startsWith(LONG)) continue;
    const result = await call({ name, arguments: ARGUMENTS[name] ?? {} });
    assert.equal(result.isError === true, mayFail(name, canBeAsked), `${name}: ${JSON.stringify(result)}`);
    assert.ok(result.content.length > 0, name);
  }
  const { prompts } = await client.listPrompts();
  assert.equal(prompts.length, 5);
  for (const { name, arguments: blanks } of prompts) {
    const filled = Object.fromEntries((blanks ?? []).map((blank) => [blank.name, 'test://x']));
    const getting = client.getPrompt({ name, arguments: filled });
    if (!canBeAsked && ASKS.test(name)) await assert.rejects(getting, /2026-07-28/);
    else assert.ok((await getting).messages.length > 0, name);
  }
  const { resources } = await client.listResources();
  assert.equal(resources.length, 3);
  for (const { uri } of resources) assert.equal((await client.readResource({ uri })).contents[0].uri, uri);
  const { resourceTemplates } = await client.listResourceTemplates();
  assert.deepEqual(resourceTemplates.map(({ uriTemplate }) => uriTemplate), ['test://template/{id}/data']);
  assert.match((await client.readResource({ uri: 'test://template/123/data' })).contents[0].text, /123/);
  await assert.rejects(client.readResource({ uri: 'test://nothing' }));
  const ref = { type: 'ref/prompt', name: 'test_prompt_with_arguments' };
  const { completion } = await client.complete({ ref, argument: { name: 'arg1', value: 'test' } });
  assert.deepEqual(completion.values, ['testing', 'tester']);
}

/** Progress arrives while the call runs: the first report long before the result. */
export async function progressInTime(call) {
  const seen = [];
  const began = performance.now();
  await call({ name: 'slow_progress', arguments: {} }, { onprogress: ({ progress }) => seen.push([progress, performance.now() - began]) });
  const took = performance.now() - began;
  assert.deepEqual(seen.map(([progress]) => progress), [1, 2, 3, 4, 5]);
  // Five steps of 200 ms, each reported when it begins.
  assert.ok(took - seen[0][1] > 600, `the first report came ${seen[0][1]} ms into a call of ${took} ms`);
}
