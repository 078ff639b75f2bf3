//! The two pages a human sees. Plain HTML that works without scripts, with a keyboard and with a screen reader.

use super::clients::Client;
use super::issuer::PREFIX;
use super::{USERS, redirect};

const STYLE: &str = "\
:root{color-scheme:light dark;--b:#8884;--a:#3ecf8e}\
*{box-sizing:border-box}\
body{font:16px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem}\
main{width:100%;max-width:26rem;border:1px solid var(--b);border-radius:12px;padding:1.5rem;box-shadow:0 8px 32px #0002}\
h1{font-size:1.25rem;margin:0 0 .75rem;overflow-wrap:anywhere}\
p,ul{margin:.5rem 0}ul{padding-left:1.25rem}\
code{font-size:.85em;overflow-wrap:anywhere}\
button{font:inherit;display:block;width:100%;text-align:left;padding:.7rem 1rem;margin:.6rem 0 0;border:1px solid var(--b);\
border-radius:8px;background:none;color:inherit;cursor:pointer}\
button:hover,button:focus-visible{border-color:var(--a);outline:2px solid var(--a)}\
button small{display:block;opacity:.75}\
.note{font-size:.85rem;border-top:1px solid var(--b);margin-top:1.25rem;padding-top:.75rem;opacity:.85}";

/// Sign-in and consent in one: who you are is the button you press.
pub(super) fn consent(client: &Client, redirect_uri: &str, scope: &str, handle: &str) -> String {
    let users: String = USERS
        .iter()
        .map(|user| {
            let (name, email) = (escape(user.name), escape(user.email));
            format!(
                "<button name=\"decision\" value=\"{}\">Allow as <strong>{name}</strong><small>{email}</small></button>",
                user.key
            )
        })
        .collect();
    let scopes: String = scope.split(' ').map(|scope| format!("<li>{}</li>", meaning(scope))).collect();
    let name = escape(client.name());
    let body = format!(
        "<h1>{name} wants to act as you</h1>\
         <p>It calls itself that; anybody can. Your answer is sent to <strong>{destination}</strong>:<br><code>{uri}</code></p>\
         <p>It asks for:</p><ul>{scopes}</ul>\
         <form method=\"post\" action=\"{PREFIX}/oauth/consent\">\
         <input type=\"hidden\" name=\"request\" value=\"{handle}\">{users}\
         <button name=\"decision\" value=\"deny\">Deny</button></form>",
        destination = escape(&redirect::destination(redirect_uri)),
        uri = escape(redirect_uri),
        handle = escape(handle),
    );
    document("Sign in (demo)", &body)
}

/// Why there is no sign-in.
pub(super) fn problem(text: &str) -> String {
    no_sign_in(&escape(text))
}

/// Why there is no sign-in for the client at `redirect_uri`, which is not told.
pub(super) fn refused(description: &str, redirect_uri: &str) -> String {
    let destination = escape(&redirect::destination(redirect_uri));
    no_sign_in(&format!("The request of <strong>{destination}</strong> cannot be answered: {}.", escape(description)))
}

fn no_sign_in(html: &str) -> String {
    document("No sign-in (demo)", &format!("<h1>This sign-in cannot go on</h1><p role=\"alert\">{html}</p>"))
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{title}</title><style>{STYLE}</style></head>\
         <body><main>{body}<p class=\"note\">This is the demo issuer of mcp-latch, on your own computer. The users are made up \
         and need no password; nothing here protects anything. Set <code>SUPABASE_URL</code> to sign in for real.</p></main></body></html>"
    )
}

fn meaning(scope: &str) -> &'static str {
    match scope {
        "openid" => "who you are",
        "profile" => "your name",
        "email" => "your e-mail address",
        "phone" => "your phone number",
        "offline_access" => "to stay connected when you are away",
        _ => "something else",
    }
}

/// Text for an element or a quoted attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Characters that reorder text could make one address look like another.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_says_is_text() {
        let mut metadata = serde_json::Map::new();
        metadata.insert("client_name".into(), "<script>alert(1)</script>\"'&\u{202e}".into());
        let client = Client { id: "c".into(), secret: None, redirect_uris: vec![], metadata };
        let page = consent(&client, "http://127.0.0.1/\"><b>", "email openid", "h");
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp; wants"));
        assert!(!page.contains("<script") && !page.contains("\"><b>"));
        assert!(page.contains("an app on this computer") && page.contains("your e-mail address"));
        assert!(page.contains("Ada Lovelace") && page.contains("linus@example.com"));
    }
}
