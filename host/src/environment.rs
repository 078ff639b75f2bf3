//! The variables a component is given.

use mcp_latch::config::is_read;

/// Of `all`, the variables the component reads, under their own names and their aliases. The rest of an environment (paths,
/// other programs' secrets) is none of its business.
pub fn of_component(all: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
    all.into_iter().filter(|(name, _)| is_read(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::of_component;

    #[test]
    fn only_what_the_component_reads_passes() {
        let all =
            ["MCP_URL", "SUPABASE_URL", "MCP_USE_OAUTH_SUPABASE_URL", "PATH", "HOME", "AWS_SECRET_ACCESS_KEY", "LATCH_LISTEN"];
        let given = of_component(all.map(|name| (name.to_owned(), String::new())));
        let names: Vec<&str> = given.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["MCP_URL", "SUPABASE_URL", "MCP_USE_OAUTH_SUPABASE_URL"]);
    }

    #[test]
    fn each_of_several_upstreams_has_its_own() {
        let all = [
            "LATCH_PROXY",
            "LATCH_PROXY_GOOGLE_CLIENT_ID",
            "LATCH_PROXY_SUPABASE_LEGACY_PROVIDER",
            "LATCH_PROXY_NOBODY_CLIENT_ID",
        ];
        let given = of_component(all.map(|name| (name.to_owned(), String::new())));
        let names: Vec<&str> = given.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["LATCH_PROXY", "LATCH_PROXY_GOOGLE_CLIENT_ID", "LATCH_PROXY_SUPABASE_LEGACY_PROVIDER"]);
    }

    #[test]
    fn keys_of_the_operator_stay_outside() {
        // `latch inspect` reads them on the operator's machine; each of them opens the whole project.
        let all = ["SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_ACCESS_TOKEN", "SUPABASE_DB_PASSWORD"];
        assert_eq!(of_component(all.map(|name| (name.to_owned(), "secret".to_owned()))), []);
    }
}
