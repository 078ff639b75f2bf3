//! The key set: can we verify what the project signs?

use mcp_latch::config::Issuer;
use mcp_latch::jose::KeySet;

use super::super::http::{Answer, NoAnswer};
use super::verdict::Verdict;

pub(super) fn judge(url: &str, answer: &Result<Answer, NoAnswer>, issuer: &Issuer) -> Verdict {
    let answer = match answer {
        Ok(answer) if answer.status == 200 => answer,
        Ok(answer) if matches!(answer.status, 401 | 403) => {
            let fix = "set SUPABASE_PUBLISHABLE_KEY (the key set is asked for with it), or open this path in the gateway";
            return Verdict::fail(format!("{url} answers {}: its gateway wants a key", answer.summary()), fix);
        }
        Ok(answer) if answer.status >= 500 => {
            let fix = "look at the project's status in the dashboard (self-hosted: at Supabase Auth's log); LATCH_JWKS pins the keys \
                       until it is back";
            return Verdict::fail(format!("{url} answers {}", answer.summary()), fix);
        }
        Ok(answer) => {
            let fix = "check that SUPABASE_URL is the project's own URL; tokens cannot be verified without the key set";
            return Verdict::fail(format!("{url} answers {}", answer.summary()), fix);
        }
        Err(error) => {
            let fix = "check the network between here and the project, or pin the keys with LATCH_JWKS until it is back";
            return Verdict::fail(format!("{url} gives no answer: {error}"), fix);
        }
    };
    let Ok(set) = KeySet::parse(&answer.body) else {
        let fix = "check that SUPABASE_URL is the project's own URL and that no gateway rewrites the answer";
        return Verdict::fail(format!("{url} serves no JWK set"), fix);
    };
    if set.empty {
        if issuer.secret.is_some() {
            return Verdict::Good("none published: the project signs with HS256, and SUPABASE_JWT_SECRET is set".into());
        }
        let fix =
            "dashboard → Project Settings → JWT Keys: migrate to asymmetric keys (ES256) and rotate, or set SUPABASE_JWT_SECRET";
        return Verdict::fail("the key set is empty: the project still signs with its legacy HS256 secret", fix);
    }
    let fitting = |key| issuer.algorithms.iter().find(|alg| mcp_latch::jose::Key::fits(key, **alg)).map(|alg| alg.name());
    let mut names: Vec<&str> = set.keys().iter().filter_map(fitting).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    if count > 0 {
        let skipped =
            if set.skipped.is_empty() { String::new() } else { format!(", {} others are not usable", set.skipped.len()) };
        return Verdict::Good(format!("{count} at {url} ({}){skipped}", names.join(", ")));
    }
    let accepted: Vec<&str> = issuer.algorithms.iter().map(|alg| alg.name()).collect();
    let why = set.skipped.first().map(|skipped| format!(" (the first one: {})", skipped.reason)).unwrap_or_default();
    let fix =
        "remove LATCH_ALGORITHMS or add the project's algorithm to it; else add an ES256 key to the project and rotate to it";
    Verdict::fail(format!("no published key can be used with {}{why}", accepted.join(", ")), fix)
}
