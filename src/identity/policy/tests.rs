//! What the document may say, and what its reader says of the rest. What the rules decide is in tests/policy.

use super::Policy;

fn messages(text: &str) -> Vec<String> {
    match Policy::parse(text) {
        Ok(policy) => panic!("{text}\n{policy:?}"),
        Err(mistakes) => mistakes.iter().map(ToString::to_string).collect(),
    }
}

fn parse(text: &str) -> Policy {
    Policy::parse(text).unwrap_or_else(|mistakes| panic!("{mistakes:?}\n{text}"))
}

fn examples(language: &str) -> Vec<&'static str> {
    let page = include_str!("../../../docs/policy.md");
    let fence = format!("```{language}\n");
    page.split(fence.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn examples_of_the_reference_page_are_read_and_have_every_member() {
    let ([toml], [json]) = (&examples("toml")[..], &examples("json")[..]) else { panic!("no example") };
    parse(json);
    let policy = parse(toml);
    assert_eq!((policy.places.0.len(), policy.scopes.includes.len(), policy.scopes.grants.len()), (3, 2, 4));
    assert_eq!((policy.enter.0.len(), policy.needs.0.len()), (2, 5));
    assert_eq!(policy.scopes.includes["notes:admin"].len(), 2, "the hierarchy is transitive");
    assert_eq!(policy.places.0[1].path, ["resource_access", "mcp", "roles"]);
    assert_eq!(policy.places.0[0].path, ["https://example.com/roles"]);
    let members = "roles groups permissions scopes organization tenant aal providers issuers subjects emails email_domains tenants \
                   organizations clients min_aal anonymous claims";
    let page = include_str!("../../../docs/policy.md");
    for member in members.split_whitespace() {
        assert!(page.contains(&format!("`{member}`")), "{member}");
    }
}

#[test]
fn messages_of_the_reference_page_are_real() {
    let text = "version = 1\n\n[enter]\ngroup = [\"staff\"]\n\n\nemails = [\"ada\"]\n[scopes]\na = [\"a\"]\n";
    assert_eq!(messages(text), examples("text")[0].lines().collect::<Vec<_>>());
}

#[test]
fn toml_and_json_are_one_document() {
    let toml = parse("version = 1\n[enter.a]\ngroups = [\"x\"]\n[tools.\"a*\"]\nscopes = [\"s\"]\n");
    let json = parse(r#"{"version":1,"enter":{"a":{"groups":["x"]}},"tools":{"a*":{"scopes":["s"]}}}"#);
    assert_eq!(format!("{toml:?}"), format!("{json:?}"));
    let list = parse(r#"{"version":1,"enter":[{"groups":["x"]},{"roles":["y"]}]}"#);
    assert_eq!(list.enter.0.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>(), ["1", "2"]);
}

#[test]
fn every_bad_document_gets_its_message() {
    for (text, message) in [
        ("", "line 1: the document is empty; see docs/policy.md for an example"),
        ("version = 1", "line 1: the document says nothing; say who may enter, or what a tool needs"),
        ("[enter]\ngroups = ['a']", "line 1, version: is missing; write version = 1"),
        ("version = 2\n[tools.x]", "line 1, version: 2 is no version of this document; write version = 1"),
        ("version = 1\n[tool.x]", "line 2, tool: there is no such member; did you mean \"tools\"?"),
        (
            "version = 1\n[enter]",
            "line 2, enter: asks for nothing; say who may enter; without [enter] everybody may whose token is good",
        ),
        ("version = 1\nenter = []", "line 2, enter: lists no rule; write one, or leave [enter] out to let everybody in"),
        ("version = 1\n[enter]\ngroups = []", "line 3, enter.groups: lists nothing; list something, or remove it"),
        ("version = 1\n[enter]\nroles = 'a'", "line 3, enter.roles: \"a\" is not a list; write a list in square brackets"),
        (
            "version = 1\n[enter]\nroles = ['']",
            "line 3, enter.roles[0]: is empty or longer than 1000 bytes; write what tokens say",
        ),
        (
            "version = 1\n[enter]\nroles = ['r']\n[enter.a]\ngroups = ['g']",
            "line 3, enter.roles: stands beside rules with names; put it into one of them, such as [enter.a]",
        ),
        (
            "version = 1\n[enter]\nproviders = ['auht0']",
            "line 3, enter.providers[0]: \"auht0\" is no provider; did you mean \"auth0\"?",
        ),
        (
            "version = 1\n[enter]\nemail_domains = ['@example.com']",
            "line 3, enter.email_domains[0]: \"@example.com\" is not a domain; write it like example.com, without @ or *; subdomains are \
             listed one by one",
        ),
        (
            "version = 1\n[enter]\nmin_aal = 'aal4'",
            "line 3, enter.min_aal: \"aal4\" is no level; write \"aal1\", \"aal2\" or \"aal3\"",
        ),
        ("version = 1\n[enter]\nmin_aal = 2", "line 3, enter.min_aal: 2 is not text; write a string in quotes"),
        (
            "version = 1\n[enter.claims]\n'user_metadata.plan' = 'pro'",
            "line 3, enter.claims.\"user_metadata.plan\": the claim is one that users write themselves; use app_metadata, which only the \
             server writes",
        ),
        (
            "version = 1\n[claims]\nroles = 'app.User_Metadata.roles'",
            "line 3, claims.roles: the claim is one that users write themselves; use app_metadata, which only the server writes",
        ),
        (
            "version = 1\n[claims]\nroles = 'https://example.com/user_metadata'",
            "line 3, claims.roles: the claim is one that users write themselves; use app_metadata, which only the server writes",
        ),
        (
            "version = 1\n[claims.clerk-dev]\nroles = 'r'",
            "line 2, claims.clerk-dev: there is no such member; use roles, groups, permissions, scopes, organization, tenant, aal, \
             supabase, ",
        ),
        (
            "version = 1\n[claims]\ngroups = 'a..b'",
            "line 3, claims.groups: the name of the claim is no path; write names separated by single dots, such as \
             \"app_metadata.plan\"",
        ),
        (
            "version = 1\n[scopes]\na = ['b']\nb = ['c']\nc = ['b']",
            "line 4, scopes.b: includes itself in the end; remove one of the inclusions that lead back",
        ),
        (
            "version = 1\n[scopes]\na = ['a b']",
            "line 3, scopes.a[0]: \"a b\" is not a scope; use printable ASCII without spaces, quotes or backslashes",
        ),
        (
            "version = 1\n[scopes]\n'a b' = ['c']",
            "line 3, scopes.\"a b\": the name is not a scope; use printable ASCII without spaces, quotes or backslashes",
        ),
        (
            "version = 1\n[grants]\nadmins = ['a']",
            "line 3, grants.admins: does not say whom the scopes are granted to; write \"group:<name>\", \"role:<name>\" or \
             \"permission:<name>\"",
        ),
        (
            "version = 1\n[tools.\"a*b\"]",
            "line 2, tools.\"a*b\": is not a name; write a name, or the beginning of names and one * at its end",
        ),
        (
            "version = 1\n[resources.\"note://{id}\"]",
            "line 2, resources.\"note://{id}\": is a template; write its text up to the first {, and *",
        ),
        (
            "version = 1\n[resources.\"note://a%20b\"]\n[resources.\"note://a b\"]",
            "line 3, resources.\"note://a b\": is another spelling of an entry above; join the two",
        ),
        (
            "version = 1\n[tools.x]\nanonymous = true\nscopes = ['a']",
            "line 3, tools.x.anonymous: nobody who is not signed in has what else is asked for; remove it, or everything else",
        ),
        ("version = 1\n[tools.x]\nclients = ['a']", "line 3, tools.x.clients: there is no such member; "),
    ] {
        let told = messages(text);
        assert!(told.first().is_some_and(|first| first.starts_with(message)), "{text}\n{told:?}");
    }
}

#[test]
fn sizes_are_bounded() {
    let many = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(|index| line(index) + "\n").collect::<String>();
    let tools = |index: usize| format!("[tools.t{index}]");
    parse(&format!("version = 1\n{}", many(200, &tools)));
    assert_eq!(messages(&format!("version = 1\n{}", many(201, &tools))), ["line 2, tools: has 201 entries; write 200 at most"]);
    let list = |count: usize| format!("version = 1\n[enter]\ngroups = [{}]", many(count, &|index| format!("'g{index}',")));
    parse(&list(100));
    assert_eq!(messages(&list(101)), ["line 3, enter.groups: has 101 items; list 100 at most"]);
    let wide = |index: usize| format!("s{index} = ['s{}', {}]", index + 1, many(99, &|item| format!("'x{index}_{item}',")));
    let told = messages(&format!("version = 1\n[scopes]\n{}", many(199, &wide)));
    assert!(told[0].ends_with("the hierarchy is too large; let scopes include less than 10000 others altogether"), "{told:?}");
}

#[test]
fn what_is_public_is_public_in_every_spelling() {
    use super::Kind;
    let policy = parse(
        "version = 1\n[tools.greet]\nanonymous = true\n[resources.\"note://*\"]\nanonymous = true\n[resources.\"note://7\"]\n\
         [resources.\"note://%38\"]\n",
    );
    for (kind, name, expected) in [
        (Kind::Tool, "greet", true),
        (Kind::Tool, "greets", false),
        (Kind::Prompt, "greet", false),
        (Kind::Resource, "note://6", true),
        (Kind::Resource, "note://7", false),
        (Kind::Resource, "note://%37", false),
        (Kind::Resource, "note://8", false),
        (Kind::Resource, "note://%38", false),
    ] {
        assert_eq!(policy.is_public(kind, name), expected, "{name}");
    }
}
